"""What is certified without a solver: brackets from any plan, any potentials, any function, any projection."""
