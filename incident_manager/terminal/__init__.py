"""What people see: tables whose columns stand right in every script, JSON for programs, and one line for each error.

Does I/O: `printer`, `progress`.
"""
