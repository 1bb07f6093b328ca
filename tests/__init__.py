"""Everything that proves the platform."""
