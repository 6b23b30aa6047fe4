"""The ids of incidents, the counter that numbers them, and the numbers that imports took.

Does I/O: `imported_numbers`.
"""
