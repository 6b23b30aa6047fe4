"""The interfaces that other systems' clients know: Alertmanager, PagerDuty, Opsgenie."""
