"""Marker classes and gene sets held against the comparison."""
