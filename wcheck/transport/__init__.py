"""Exact transport, its certificates, and what they are made of."""
