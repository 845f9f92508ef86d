"""Several cohorts side by side."""
