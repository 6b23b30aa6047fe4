"""What a gateway should hold, declared in one file: users, teams, schedules, policies, services, status pages and more.

Does I/O: `applied_file`, `carrying_out`, `reading`.
"""
