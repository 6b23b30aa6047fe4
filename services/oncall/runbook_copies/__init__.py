"""On-call's copy of the runbooks that start by themselves: what starts each, and how long pages wait for it."""
