"""The catalogue as a file: importing, exporting, `/services/imports/{id}`, and the view models of an import."""
