"""Style and tools that all figures share."""
