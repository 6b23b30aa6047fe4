"""The tools, one module each: its `TOOL`. Their functions run in threads of their own."""
