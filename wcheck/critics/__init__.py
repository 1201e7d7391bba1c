"""Critics: networks, objectives times constraints, training, and what they are worth."""
