"""The endpoints of schedules, their shifts, overrides, swaps and previews."""
