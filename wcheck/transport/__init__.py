"""Exact transport, its certificates, and what they are made of.

From the top down, where imports only go:

* ``foreign``: what other people's plans and potentials prove (``certify``);
* ``solve``: from points to bracket, of one pair (``exact``), of many (``batch``), on the line; for a matrix (``cost``);
* ``matrix``: ground costs that are given as a matrix: scans, certificates in exact arithmetic, forbidden pairs;
* ``cluster``: scans shared among the workers of a cluster;
* ``scans``: which of all pairs potentials cannot rule out;
* ``programs``: solvers of transport programs, sparse and dense, and the last digits of their solutions;
* ``entropic``: Sinkhorn, and what its potentials prove;
* ``bounds``: what is certified without a solver, from a plan, potentials, a function, a projection;
* ``cost``: ground costs and how far computed ones can be off: chosen pairs, and passes over all;
* ``arithmetic``: sums and products with known rounding, in one double or in two.
"""
