"""Alerts of drills: made up by on-call, read as any sender's, and sent the way of all others under the drill's id."""
