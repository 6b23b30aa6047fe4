"""What a write names of another service is asked of its owner before the write is passed on, never of a copy.

Policies and people are on-call's. A policy made a moment before counts, and one that is gone does not. What is stored
already stays: a service whose policy was deleted meanwhile can still be renamed. Does I/O: `owner_client`.
"""
