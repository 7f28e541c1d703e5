"""How long a fall lasts: who is followed, when headache is back, and what became of everybody."""
