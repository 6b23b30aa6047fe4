"""Who changed what: notes of every write, each bound to the one before, so that one that was changed or taken out is
found.

Does I/O: `writer`.
"""
