"""What the models stand on: designs, generators, intervals, looks, and kernels that see arrays only."""
