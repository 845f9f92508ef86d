"""Frozen models applied to new samples."""
