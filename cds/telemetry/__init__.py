"""What operations see of the service: metrics, the audit trail and traces. Nothing here changes an answer."""
