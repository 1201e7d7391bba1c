"""Sums and products with known rounding, in one double or in two."""
