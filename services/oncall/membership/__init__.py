"""Whose people are: who belongs to which team, who may change whom, and whose addresses a caller may see."""
