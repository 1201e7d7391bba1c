"""What other people's plans, permutations and potentials prove."""
