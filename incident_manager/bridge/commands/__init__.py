"""The bridge's commands, one module each: its `COMMAND`, and its place in the help as `ORDER`."""
