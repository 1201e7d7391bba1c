"""Scans over all pairs: which of them potentials cannot rule out."""
