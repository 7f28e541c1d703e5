"""A simulated study with what tempts partitions: shared and look-alike identifiers, faults, whole columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose

import outcomes as oc
from outcomes.page.front_results import diary_days, directions
from outcomes.page.material import Material
from outcomes.page.people import people
from outcomes.page.sections.dose import dose
from outcomes.page.sections.missing_days import missing_days
from outcomes.page.sections.same_change import same_change
from outcomes.page.summary import _patients
from outcomes.page.view.clinic import Clinic
from outcomes.results import Estimates
from outcomes.scale.work import one_row_a_rule
from outcomes.simulate import write_simulated

#: Sums in another order differ by rounding only.
ROUNDING = 1e-10


def write_tempting(folder: Path, *, patients: int = 24, seed: int = 3, months: int = 3) -> Path:
    """Write a study whose faults lie between patients, in the diary's lines and in whole columns."""
    write_simulated(folder, patients=patients, seed=seed, months=months)
    frames = {
        name: pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)
        for name in ("diary", "sessions", "adverse_events")
    }
    sessions, diary, events = frames["sessions"], frames["diary"], frames["adverse_events"]
    sessions.loc[len(sessions) - 1, "session_id"] = sessions.loc[0, "session_id"]
    events.loc[0, "session_id"] = sessions.loc[sessions["patient_id"] != events.loc[0, "patient_id"]].iloc[0][
        "session_id"
    ]
    diary.loc[5, "patient_id"] = diary.loc[5, "patient_id"].lower().replace("0", "o")
    diary.loc[9::40, "duration_h"] = "2 Std"
    frames["diary"] = pd.concat([diary, diary.iloc[[20]].assign(headache="perhaps"), diary.iloc[[33]]])
    half = len(frames["diary"]) // 2
    frames["diary"].iloc[half:].to_csv(folder / "later.csv", index=False)
    frames["diary"] = frames["diary"].iloc[:half]
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    text = (folder / "study.toml").read_text().replace('"diary.csv"', '["diary.csv", "later.csv"]')
    (folder / "study.toml").write_text(text)
    return folder


def hold_same(found: oc.scale.Analysis, study: oc.Study) -> None:
    """Hold that partitions and one machine say the same of a study."""
    pd.testing.assert_frame_equal(found.study.flow, study.flow)
    pd.testing.assert_frame_equal(found.study.cells, study.cells)
    _same_findings(found.study, study)
    pd.testing.assert_frame_equal(found.flow, oc.flow(study))
    periods = oc.periods(study, baseline_as_row=True)
    pd.testing.assert_frame_equal(found.periods, periods)
    assert found.estimand.meta["text"] == oc.estimate(study).meta["text"]
    _same_numbers(found.estimand, oc.estimate(study))
    _same_numbers(found.means, oc.means(periods))
    mixed = oc.mmrm("value ~ period", periods, subject="patient_id", visit="period")
    assert found.mixed.status == mixed.status
    for one, other in ((found.mixed.params, mixed.params), (found.mixed.theta, mixed.theta)):
        # the optimum is found to about ten digits, and a coefficient is small beside the values it is of
        assert_allclose(one, other, rtol=ROUNDING, atol=1e-8)
    emergent = oc.emergent(study).query("emergent").reset_index(drop=True)
    treated = oc.courses(study)[["patient_id"]].drop_duplicates()
    followed = oc.follow_up(study)
    _same_numbers(found.incidence, oc.incidence(emergent, treated, by="group", unknown="note"))
    _same_numbers(found.rates, oc.rates(emergent, followed, by="group", unit="years", unknown="note"))
    known = emergent[emergent["patient_id"].isin(followed["patient_id"])]
    curve = oc.mean_cumulative(known, followed, by="months", at=range(1, 13))
    _same_numbers(found.mean_cumulative, curve)


def hold_same_page(found: oc.Study, study: oc.Study) -> None:
    """Hold that the page of partitions has the numbers of that of one machine, and no row of periods."""
    ours, theirs = Material(found), Material(study)
    assert ours.by_arm.keys() == theirs.by_arm.keys()
    for arm, part in ours.by_arm.items():
        for name in ("change", "responders", "mixed_change", "paired_change"):
            _same_numbers(getattr(part, name), getattr(theirs.by_arm[arm], name))
        assert str(directions(part)) == str(directions(theirs.by_arm[arm]))
    for name in ("change", "responders", "mixed_change"):
        one, other = (getattr(part, name) for part in (ours, theirs))
        _same_numbers(one, other)
        assert {key: one.meta[key] for key in one.meta if key != "parts"} == other.meta
    _same_numbers(*(Estimates(part.scores.to_frame(), "", "") for part in (ours, theirs)))
    assert diary_days(ours) == diary_days(theirs)
    assert str(directions(ours)) == str(directions(theirs))
    assert "periods" not in vars(ours) or ours.by_arm  # an arm is described by its rows
    kinds, others = (people(part, "k" * 16) for part in (found, study))
    assert kinds.keys() == others.keys()
    assert all((kinds[kind] == others[kind]).all() for kind in kinds)


def hold_same_clinic(found: oc.Study, study: oc.Study) -> None:
    """Hold that what only the clinic sees has the same numbers, and no row of periods: models of patients."""
    ours, theirs = Material(found), Material(study)
    for name in ours.first_period:
        one, other = (part.first_period[name].astype("object") for part in (ours, theirs))
        pd.testing.assert_series_equal(one, other, check_index=False)
    _same_numbers(ours.paired_change, theirs.paired_change)
    for method, one in ours.imputed_by.items():
        other = theirs.imputed_by[method]
        _same_numbers(one.estimates(), other.estimates())
        for visit in map(str, one.visits):
            _same_numbers(*(oc.tipping_point(made, visit=visit) for made in (one, other)))
    for section in (same_change, missing_days, dose):
        assert _told(section(ours)) == _told(section(theirs)), section.__name__
    made = [
        part.strategies.to_frame().query("strategy != 'hypothetical'").dropna(axis=1, how="all")
        for part in (ours, theirs)
    ]
    _same_numbers(*(Estimates(rows, "", "") for rows in made))
    assert Clinic(ours).waterfall(3.0) == Clinic(theirs).waterfall(3.0)
    assert str(Clinic(ours).mixed_change.round(6)) == str(Clinic(theirs).mixed_change.round(6))
    key = "k" * 16
    assert sorted(_patients(ours, key)) == sorted(_patients(theirs, key))
    assert "periods" not in vars(ours)


def _told(made: object) -> list[str]:
    """Return what blocks say, tables in full."""
    blocks = made[1] if isinstance(made, tuple) else made
    return [
        block.table.frame.to_csv(float_format="%.9g") if hasattr(block, "table") else str(block)
        for block in blocks
    ]


def _same_findings(found: oc.Study, study: oc.Study) -> None:
    ours, theirs = (one_row_a_rule([part.findings]) for part in (found, study))
    for rows in (ours, theirs):  # where the first of them stand is said by one machine only
        rows["message"] = rows["message"].str.replace(r" \(first in .*\)", "", regex=True)
    order = ["table", "rule", "column", "message"]
    columns = [*order, "severity", "cost", "file", "row", "line", "count"]
    pd.testing.assert_frame_equal(
        *(rows[columns].sort_values(order, ignore_index=True) for rows in (ours, theirs))
    )
    pd.testing.assert_frame_equal(
        *(part.alarms.sort_values(["table", "column"], ignore_index=True) for part in (found, study))
    )


def _same_numbers(one: oc.Estimates, other: oc.Estimates) -> None:
    ours, theirs = (result.to_frame() for result in (one, other))
    assert list(ours.columns) == list(theirs.columns)
    assert one.status == other.status
    keys = [name for name in ("group", "instrument", "time", "period") if name in ours]
    ours, theirs = (rows.sort_values(keys, ignore_index=True) for rows in (ours, theirs))
    for name in ours.columns:
        if pd.api.types.is_numeric_dtype(ours[name]):
            values = (rows[name].to_numpy(dtype=float, na_value=np.nan) for rows in (ours, theirs))
            assert_allclose(*values, rtol=ROUNDING, atol=ROUNDING, err_msg=name)
        else:
            assert ours[name].astype("str").tolist() == theirs[name].astype("str").tolist(), name
