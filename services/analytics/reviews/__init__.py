"""Reviews: what the week, the month and the quarter were, made on Monday morning by one replica, kept, and mailed.

Does I/O: `maker`.
"""
