"""Embeddings, whose distances mean more than those of pixels: features of networks, and functions of your own."""
