"""What can be done to agreements and experiments: one verb per file."""
