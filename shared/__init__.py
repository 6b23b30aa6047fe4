"""What every service stands on: the event catalogue, the bus, atomic writes, timers, errors, logs and the web shell.

Nothing here knows a service; `services` import `shared`, never the reverse.
"""
