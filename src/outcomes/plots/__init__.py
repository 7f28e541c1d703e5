"""Results as Axes."""
