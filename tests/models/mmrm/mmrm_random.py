"""Random small data sets of every unpleasant kind, and random options to fit them with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

COVARIANCES = ("us", "us", "us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "sp_exp")
DF = (None, None, "kenward-roger", "kenward-roger-linear", "satterthwaite", "residual", "between-within")
VCOV = ("model", "model", "model", "empirical", "empirical-bias-reduced", "empirical-jackknife")
FORMULAS = (
    "y ~ visit",
    "y ~ 1",
    "y ~ x + visit",
    "y ~ x * visit + arm * visit",
    "y ~ 0 + visit",
    "y ~ arm:visit",
    "y ~ x + z + arm * visit",
    "y ~ x + x2 + visit",
    "y ~ site + arm * visit",
    "y ~ np.log(1 + x ** 2) + C(k) * visit",
)


def random_frame(rng: np.random.Generator) -> pd.DataFrame:
    """Return a frame of 1 to 30 subjects and 1 to 7 visits with missing rows and values."""
    subjects, visits = int(rng.integers(1, 31)), int(rng.integers(1, 8))
    who, when = np.repeat(np.arange(subjects), visits), np.tile(np.arange(visits), subjects)
    n = len(who)
    scale = 10.0 ** rng.integers(-6, 7)
    effect = rng.normal(0, 1, subjects)[who] * rng.choice([0.0, 1.0, 1.0, 30.0])
    y = (effect + rng.normal(0, 1, n) * (1e-6 if rng.random() < 0.05 else 1.0)) * scale + rng.choice(
        [0.0, 1e3, 1e6]
    )
    arm = rng.integers(0, int(rng.integers(1, 4)), subjects)[who]
    x = rng.normal(50, 5, subjects)[who]
    frame = pd.DataFrame(
        {
            "subject": who,
            "visit": when + 1,
            "y": np.round(y, int(rng.integers(0, 9))) if rng.random() < 0.2 else y,
            "arm": np.array(["a", "b", "c"])[arm],
            "x": x,
            "x2": 2 * x + 3 if rng.random() < 0.7 else x + 1e-7 * rng.normal(size=n),
            "z": rng.normal(size=n) * 1e5,
            "k": rng.integers(0, 3, n),
            "site": rng.integers(0, max(subjects // 4, 1), subjects)[who].astype(str),
            "w": rng.uniform(0.2, 5, n),
        }
    )
    return _spoil(frame, rng)


def _spoil(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Drop rows, blank values, change types, rarely break a rule."""
    frame = frame[rng.random(len(frame)) < rng.choice([0.5, 0.8, 1.0])].sample(frac=1, random_state=rng)
    frame.loc[rng.random(len(frame)) < rng.choice([0.0, 0.0, 0.2, 0.6]), "y"] = np.nan
    frame.loc[rng.random(len(frame)) < rng.choice([0.0, 0.0, 0.1]), "x"] = np.nan
    kind = rng.integers(0, 6)
    if kind == 0:
        frame["visit"] = "v" + frame["visit"].astype(str)
    elif kind == 1:
        frame["visit"] = pd.Categorical(frame["visit"], categories=range(9), ordered=True)
    elif kind == 2:
        frame["visit"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(28 * frame["visit"], unit="D")
    if rng.random() < 0.03:
        frame = pd.concat([frame, frame.head(1)], ignore_index=True)
    if rng.random() < 0.03 and len(frame):
        frame.iloc[0, frame.columns.get_loc("y")] = np.inf
    if rng.random() < 0.03:
        frame["y"] = 4.0
    return frame


def random_options(rng: np.random.Generator) -> dict[str, Any]:
    """Return options, of which some pairs are impossible."""
    return {
        "formula": str(rng.choice(FORMULAS)),
        "covariance": str(rng.choice(COVARIANCES)),
        "method": str(rng.choice(["reml", "reml", "reml", "ml"])),
        "df": rng.choice(np.array(DF, dtype=object)),
        "vcov": str(rng.choice(VCOV)),
        "group": rng.choice(np.array([None, None, None, "arm"], dtype=object)),
        "weights": rng.choice(np.array([None, None, None, "w"], dtype=object)),
        "fallback": True if rng.random() < 0.8 else None,
    }
