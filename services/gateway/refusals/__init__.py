"""How the gateway refuses: problem documents, and the formats that the clients of other vendors understand."""
