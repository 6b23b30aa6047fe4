"""What a script step asks of the place where it runs: a sandbox beside automation, or a machine reached over SSH.

Does I/O: `capped_output`, `choice`, `place`.
"""
