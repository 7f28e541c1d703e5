"""A study.toml proposed from files: what is recognised in them, why, and what only a person can decide."""
