"""Which incident an alert belongs to, and what the alerts that came together change about it."""
