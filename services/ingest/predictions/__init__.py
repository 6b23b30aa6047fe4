"""Alerts of predictions: what is foretold goes the way of all alerts, of low severity, by the prediction's id."""
