"""Runbooks: what is done step by step, with parameters, what starts it, and all its versions."""
