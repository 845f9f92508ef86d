"""What was read, and the quality of it."""
