"""The canary's escalation: the engine's own, with a policy and a person that are only here and in no directory."""
