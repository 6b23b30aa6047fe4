"""Who would be paged, over what and when, should an alert come at some time: the engine's own functions, run ahead in
memory.
"""
