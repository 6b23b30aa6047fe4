"""The organisation's own roles and checklists, and the tasks of incidents."""
