"""What each channel says: a page as a mail, as a Slack message, as the JSON of a webhook. Pure."""
