"""Search: what happened before and what ended it, found in three languages by an index that each process keeps.

Does I/O: `index`, `indexer`, `finder`.
"""
