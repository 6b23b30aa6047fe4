"""Rules of what is foretold: queries that are polled from a Prometheus, or meet samples pushed without a limit.

Does I/O: `poller`, `rule_cache`.
"""
