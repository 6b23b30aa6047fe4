"""Figures and patterns of incidents as `report` and `analyze` show them, by the definitions of docs/elders-guild.md.

Does I/O: `reading`.
"""
