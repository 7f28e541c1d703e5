"""Headache days: change, means, responders, counts, single days, durability, what chance alone would do."""
