"""What a process needs to go on living: loops that outlive failures, a watchdog, work beside the event loop, logs."""
