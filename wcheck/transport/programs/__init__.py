"""Transport programs: solvers for dense and for sparse ones, and the last digits of their solutions."""
