"""`/history/import` and `/history/export`, and the view models of an import."""
