"""Statistical models: results from frames, arrays only in `_kernels`."""
