"""Figures: numbers in, a matplotlib figure out; nothing here knows how the numbers were made."""
