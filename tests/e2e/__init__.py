"""Tests through the installed command, and of pages in a browser."""
