"""The changes that are remembered, and what is gathered to rank them for one incident."""
