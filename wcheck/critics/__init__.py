"""Critics: networks, objectives, constraints, training, and audits."""
