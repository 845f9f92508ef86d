"""Differential expression."""
