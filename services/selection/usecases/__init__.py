"""What one can do, one verb per file."""
