"""The ids of incidents and the counter that numbers them."""
