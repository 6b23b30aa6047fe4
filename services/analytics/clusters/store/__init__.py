"""Clusters, what people moved between them, and the copies that they are made of, as they are stored."""
