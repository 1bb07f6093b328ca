"""What is decided here, and how: pure rules of the rounds."""
