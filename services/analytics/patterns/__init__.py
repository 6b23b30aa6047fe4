"""What happens again and again: a pattern for each cluster of resolved incidents, and a document that people write in.

Does I/O: `proposer`, `publisher`.
"""
