"""Clusters and trends on their real parts."""
