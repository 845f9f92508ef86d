"""Tests of the parts; the folders mirror the package."""
