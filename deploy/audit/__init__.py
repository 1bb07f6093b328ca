"""Checking the audit chain from outside: in a database, in a file, with the public keys alone."""
