"""Which incidents are the same problem: clusters of their titles, each with a name, and its share of every month.

Does I/O: `cluster_cache`.
"""
