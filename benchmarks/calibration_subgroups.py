"""How often the test of subgroups is wrong, and how often their intervals hold the truth.

    python benchmarks/calibration_subgroups.py [STUDIES]

The world is not the model's: a share of the patients loses 60 to 100 % of the headache days, the others
change by noise; baselines are skewed; the subgroups have 8, 12 and 20 patients. What is printed stands in
docs/methods/subgroups.md.
"""

from __future__ import annotations

import harness
import numpy as np
import pandas as pd

from outcomes.models.headache.subgroup_changes import subgroup_changes

SIZES = (8, 12, 20)
#: World -> share of strong responders in each subgroup.
WORLDS = {"none differs": (0.2, 0.2, 0.2), "one differs": (0.6, 0.2, 0.2), "all differ": (0.1, 0.3, 0.6)}


def patients(share: float, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw baselines and changes of n patients of one subgroup."""
    baseline = 28 - 12 * rng.beta(1.2, 3.0, n)
    strong = rng.random(n) < share
    value = np.where(strong, baseline * rng.uniform(0, 0.4, n), baseline + rng.normal(0, 2.0, n)).clip(0, 28)
    return baseline, value - baseline


def study(shares: tuple[float, ...], rng: np.random.Generator) -> pd.DataFrame:
    """Draw one study as a frame of periods."""
    parts = [patients(share, n, rng) for share, n in zip(shares, SIZES, strict=True)]
    baseline, change = (np.concatenate(part) for part in zip(*parts, strict=True))
    frame = pd.DataFrame({"baseline": baseline, "change": change, "value": baseline + change})
    return frame.assign(
        patient_id=np.arange(len(frame)).astype(str), site=np.repeat(list("abc"), SIZES), period="days 1-28",
        period_number=1, lower_bound=frame["value"], upper_bound=frame["value"],
    )  # fmt: skip


def main(studies: int = 300) -> None:
    """Print one line a world."""
    rng = np.random.default_rng(7)
    print("world, P < 0.05 %, own interval covers %, shrunken covers %, RMSE own, RMSE shrunken")
    for name, shares in WORLDS.items():
        truth = np.array([patients(share, 200_000, rng)[1].mean() for share in shares])
        rows = []
        for _ in range(studies):
            found = subgroup_changes(study(shares, rng), ["site"]).to_frame().iloc[1:]
            own, drawn = found["estimate"] - truth, found["shrunken"] - truth
            rows.append(
                {
                    "p": found["p_value"].iloc[0] < 0.05,
                    "own": found["lower"].le(truth).to_numpy() & found["upper"].ge(truth).to_numpy(),
                    "drawn": found["shrunken_lower"].le(truth) & found["shrunken_upper"].ge(truth),
                    "own2": own**2, "drawn2": drawn**2,
                }
            )  # fmt: skip
        mean = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        print(
            f"{name}, {100 * mean['p']:.0f}, {100 * mean['own']:.0f}, {100 * mean['drawn']:.0f}, "
            f"{mean['own2'] ** 0.5:.2f}, {mean['drawn2'] ** 0.5:.2f}"
        )


if __name__ == "__main__":
    main(*harness.asked(__doc__, "studies")[:1])
