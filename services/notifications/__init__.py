"""Tells people and partners what happened: directory, letters, deliveries, feed."""
