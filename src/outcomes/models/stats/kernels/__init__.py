"""Numerical kernels: NumPy and SciPy arrays in, arrays out; no frames, no labels."""
