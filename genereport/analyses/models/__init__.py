"""Comparison of classifiers."""
