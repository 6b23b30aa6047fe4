"""On-call's copy of the services of the catalogue: what each is called, whose it is, and which policy it names."""
