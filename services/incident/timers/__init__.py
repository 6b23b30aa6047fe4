"""What an incident does by time alone: a snooze that ends, an end by itself, a clock that turns.

Does I/O: `due_worker`.
"""
