"""What a script step asks of the place where it runs, whichever place that is: a sandbox beside automation, or a machine
reached over SSH."""
