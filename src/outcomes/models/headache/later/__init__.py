"""Later periods as if nobody had been treated again: days until the next course, and those drawn after it."""
