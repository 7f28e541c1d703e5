"""Two ways of drawing examples: the same ones each time, or new ones each time (`make test-long`)."""

from __future__ import annotations

import os

from hypothesis import settings

# Quick tests must not fail by chance on somebody's unrelated change.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
# New seeds in each run; what fails is shrunk and printed so that it can be replayed.
settings.register_profile("explore", derandomize=False, print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
