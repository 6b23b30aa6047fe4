"""Answering an incident: who may answer which page of it."""
