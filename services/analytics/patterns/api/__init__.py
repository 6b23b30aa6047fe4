"""`/knowledge-base/patterns` and `/knowledge-base/patterns.md`, and their view models."""
