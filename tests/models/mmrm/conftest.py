"""Data sets of the reference fits, read as R read them."""

from __future__ import annotations

import pandas as pd
import pytest

from shared import shared


@pytest.fixture(scope="session")
def reference_data() -> dict[str, pd.DataFrame]:
    """Return data by the prefix of the reference files' names."""
    fev = pd.read_csv(shared("data", "fev_data.csv"))
    fev["SEX"] = pd.Categorical(fev["SEX"], ["Male", "Female"])
    bcva = pd.read_csv(shared("data", "bcva_data.csv"))
    twoarm = pd.read_csv(shared("reference", "mmrm", "sim_mmrm_twoarm.csv"))
    twoarm["arm"] = pd.Categorical(twoarm["arm"], ["placebo", "active"])
    return {"fev": fev, "bcva": bcva, "sim": twoarm}
