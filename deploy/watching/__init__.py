"""How the platform is, seen from outside: what its processes measure, and what is wrong with it."""
