"""Which runbooks ended the incidents of a problem, and how often: by copies of runbooks and of how executions ended."""
