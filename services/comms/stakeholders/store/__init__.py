"""What people keep by hand with its versions, and the updates that stakeholders got, in the database."""
