"""Measures, and everything that makes one: files, data sets, synthetic pairs."""
