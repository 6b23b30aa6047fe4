"""`/incidents/{id}/suspects/{change_id}`, which takes a verdict, and the view models of suspects."""
