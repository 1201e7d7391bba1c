"""Critics: networks, Lipschitz mechanisms, training."""
