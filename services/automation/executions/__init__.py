"""Executions: runbooks that run, step by step, each step begun at most once unless a person says so.

Does I/O: `approver_lookup`, `message_teller`, `output_sink`, `runner`, `starting`.
"""
