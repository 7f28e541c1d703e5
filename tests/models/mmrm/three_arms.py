"""The data sets of shared/reference/tests_and_contrasts, read as R read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.models.mmrm import MMRMResult, mmrm
from shared import SHARED, reference, shared

FOLDER = "tests_and_contrasts"


def files(prefix: str) -> list[str]:
    """Return the names of reference files."""
    return sorted(path.stem for path in Path(SHARED, "reference", FOLDER).glob(f"{prefix}_*.json"))


def read_fev() -> pd.DataFrame:
    fev = pd.read_csv(shared("data", "fev_data.csv"))
    fev["SEX"] = pd.Categorical(fev["SEX"], ["Male", "Female"])
    return fev


def read_three_arms() -> pd.DataFrame:
    data = pd.read_csv(shared("reference", FOLDER, "sim_mmrm_threearm.csv"))
    data["arm"] = pd.Categorical(data["arm"], ["placebo", "low", "high"])
    return data


def run(name: str) -> tuple[dict[str, Any], MMRMResult]:
    """Fit what a file fits."""
    spec = reference(FOLDER, f"{name}.json")
    formula = re.sub(r" \+ \w+\(\w+ \| \w+\)$", "", spec["formula"])
    data = read_fev() if "fev" in name else read_three_arms()
    subject, visit = ("USUBJID", "AVISIT") if "fev" in name else ("subject", "visit")
    df = "satterthwaite" if spec["method"] == "Satterthwaite" else "kenward-roger-linear"
    fit = mmrm(formula, data, subject=subject, visit=visit, covariance=spec["cov_type"], df=df, fallback=None)
    return spec, fit
