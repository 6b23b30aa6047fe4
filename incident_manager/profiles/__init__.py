"""Where the gateway is and which key is shown to it: the environment, and profiles in a file.

Does I/O: `settings`.
"""
