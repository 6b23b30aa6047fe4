"""HTTP in, for what the gateway itself answers, a file a noun."""
