"""What is computed in place of the Wasserstein-1 distance: each estimator says which distance it estimates."""
