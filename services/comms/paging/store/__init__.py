"""Deliveries in the database: what is asked of them, who holds them, and how people list them."""
