"""One patient's own course."""
