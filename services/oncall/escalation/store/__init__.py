"""Escalations, the rows of their pages, how contact methods fared, and whose turn a step was."""
