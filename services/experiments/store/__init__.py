"""What the service keeps in PostgreSQL, with its SQL, and the templates of its texts."""
