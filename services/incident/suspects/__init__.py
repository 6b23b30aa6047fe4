"""Which changes may have caused an incident, in which order, and what people found out about them."""
