"""A study of known truth."""
