"""What talks to the outside: the exact solver."""
