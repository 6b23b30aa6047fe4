"""What Slack calls: presses of buttons, which answer pages, and messages that somebody marked."""
