"""The doors that other systems' clients know: Alertmanager, PagerDuty, Opsgenie."""
