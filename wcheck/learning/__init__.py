"""What every training shares: samplers, one loop, optimisers, precision, checkpoints, files of modules."""
