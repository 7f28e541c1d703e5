"""Shaping: from the rows and columns that an export has to those of the contract, as study.toml declares."""
