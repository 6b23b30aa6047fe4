"""The incident service's database: one file a noun, each method a question that the domain asks."""
