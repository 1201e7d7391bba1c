"""Entropic transport, and what its potentials prove."""
