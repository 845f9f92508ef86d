"""The cohort: what it is, how it is read, what is noticed about it, and the simulated one that ships."""
