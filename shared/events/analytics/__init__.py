"""What analytics tells that it alone knows."""
