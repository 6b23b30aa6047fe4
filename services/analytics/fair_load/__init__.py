"""Who carries the load of being on call: each person's hours, nights, weekends, holidays and pages, and the balance."""
