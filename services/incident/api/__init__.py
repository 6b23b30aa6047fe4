"""HTTP in: one file a noun. Each endpoint reads what it needs, asks a pure decision and writes what that says."""
