"""The whole catalogue read from a file: what it changes is planned first, and then written as a job.

Does I/O: `worker`.
"""
