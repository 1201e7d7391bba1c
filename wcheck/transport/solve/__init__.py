"""Exact transport from points to bracket, of one pair or of many."""
