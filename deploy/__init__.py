"""How the platform is built, run, shown and operated."""
