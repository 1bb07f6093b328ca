"""The roles and schemas of the database."""
