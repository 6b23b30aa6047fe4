"""Post-mortems: the first draft, sections and their revisions, figures, comments, and documents to hand on."""
