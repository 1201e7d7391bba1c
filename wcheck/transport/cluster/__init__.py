"""Scans shared among the workers of a cluster."""
