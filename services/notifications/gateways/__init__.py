"""The outside: the mail server."""
