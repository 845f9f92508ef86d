"""Composers of sections."""
