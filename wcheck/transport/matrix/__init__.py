"""Ground costs that are given as a matrix: scans of it, certificates in exact arithmetic, forbidden pairs."""
