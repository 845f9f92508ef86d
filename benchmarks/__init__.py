"""Side-by-side timings against stock code, as ratios within one run: ``make bench``."""
