"""This run beside earlier ones."""
