"""Samples of metrics in: our own body and Prometheus' remote write; checked, and put into a queue of their own.

Does I/O: `accept`.
"""
