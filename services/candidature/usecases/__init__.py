"""What the service can be asked to do, one verb per module."""
