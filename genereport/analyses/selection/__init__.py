"""Gene selection."""
