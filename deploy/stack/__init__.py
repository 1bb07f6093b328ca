"""The embedded stack: everything the services need, on one bare machine."""
