"""Where the service talks to the outside: the scanner of files."""
