"""On-call over HTTP: one file per noun. Bodies are checked whole before anything is written."""
