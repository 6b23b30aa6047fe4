"""On-call's database: the directory that people edit, the escalations, and a row for every page.

One file per noun; each asks its own questions and makes its own indexes.
"""
