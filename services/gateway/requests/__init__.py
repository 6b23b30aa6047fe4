"""What a request says: which route and service it means, its headers, whose address it comes from, and how many may
come.
"""
