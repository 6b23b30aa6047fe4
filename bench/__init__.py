"""`make bench`: the speed that Tocsin must reach, measured on this machine in one run, beside Alertmanager's own."""
