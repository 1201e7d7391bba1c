"""Ground costs: the frame of a pair, chosen pairs measured directly, and all pairs by block."""
