"""Where the service keeps what it owns, in PostgreSQL."""
