"""Runs scripts beside automation in a sandbox of namespaces (bubblewrap), with limits, and says when it can't.

Does I/O: `sandbox`, `confined_process`, `control_group`, `machine`, `writable_folders`.
"""
