"""The commands of `qmi`, one module per subject."""
