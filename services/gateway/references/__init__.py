"""What a write names of another service is asked of its owner before the write is passed on, never of a copy.

Policies and people are on-call's: a service's policy, who holds a role, takes part, reviews, or has a task or an action
item to do. A policy made a moment before counts, and one that is gone does not. What is stored already stays: a service
whose policy was deleted meanwhile can still be renamed. A team is only a word here: keys may be limited to teams that
nobody made. Does I/O: `owner_client`.
"""
