"""The signature, and known biomarkers."""
