"""Who would be woken first: service by service, hour by hour, with the times in which nobody would be."""
