"""Plumbing that knows no service: messaging, HTTP, time and storage."""
