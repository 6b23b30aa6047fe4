"""What one process does with the pages that it holds: asks once more, sends, and writes what became of them.

Does I/O: `announcer`, `process_lease`, `recorder`, `send_guard`, `sender`.
"""
