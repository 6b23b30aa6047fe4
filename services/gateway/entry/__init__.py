"""The one way in: what a request is, who its caller is, and the order in which it is judged, answered or passed on.

Does I/O: `entry`.
"""
