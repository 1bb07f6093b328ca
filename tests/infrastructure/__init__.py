"""Gives the tests their Kafka and their PostgreSQL: containers, the embedded stack, or ones that already run."""
