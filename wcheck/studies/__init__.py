"""Studies: named runs of experiments, and what the papers claim of them, decided by rules."""
