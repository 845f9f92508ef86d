"""The cohort: its data model, its readers, the findings about it, and the bundled simulated cohort."""
