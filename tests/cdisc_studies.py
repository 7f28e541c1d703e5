"""Studies that are written in the layouts of CDISC, and the law that what is read back is the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

import outcomes as oc
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES

__all__ = ["same", "with_gaps"]

ZONE = "Europe/Zurich"


def same(one: oc.Study, other: oc.Study) -> None:
    assert one.given == other.given
    for name in TABLES:
        pd.testing.assert_frame_equal(one.table(name), other.table(name), obj=name)


def with_gaps(seed: int, share: float) -> oc.Study:
    """Return a simulated study with blank cells, partial onsets and texts of any script."""
    rng = np.random.default_rng(seed)
    made = oc.simulate(3, seed=seed, months=1).study
    frames = {name: made.table(name) for name in TABLES if name in made.given}
    events = frames["adverse_events"]
    events["term"] = events["term"].mask(rng.random(len(events)) < 0.3, "Übelkeit, „schlimm“\n痛い")
    # without a zone: a day before the clocks change has 24 hours, and the month's first day stays its first
    day = events["onset"].dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()
    for precision, begin in (("day", day), ("month", day - pd.to_timedelta(day.dt.day - 1, unit="D"))):
        here = pd.Series(rng.random(len(events)) < share / 2) & events["onset"].notna()
        first = begin.dt.tz_localize(ZONE).dt.tz_convert("UTC")
        events["onset_precision"] = events["onset_precision"].mask(here, precision)
        events["onset_from"] = events["onset_from"].mask(here & (precision == "month"), first)
        events["onset"] = events["onset"].mask(here, first if precision == "day" else pd.NaT)
    for name, frame in frames.items():
        free = [
            one for one, spec in specs(name).items() if spec.cost == "cell" and not one.startswith("onset")
        ]
        free = [one for one in free if one not in ("index_date", "event_id", "rate_unit", "group")]
        for column in free:
            frame[column] = frame[column].mask(rng.random(len(frame)) < share)
    return oc.Study(**frames, timezone=ZONE, title="Größe & Co")
