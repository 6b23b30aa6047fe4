"""The endpoints of people, teams and policies, and how an edit of any entry is checked and written."""
