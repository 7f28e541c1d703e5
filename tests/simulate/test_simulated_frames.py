"""The simulated frames fit the contract, and a seed is a study."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError
from outcomes.schema.check import check
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.simulate import SCENARIOS, Compliance, Infusions, simulate_tables
from outcomes.simulate.frames import labels
from outcomes.sources.frames import receive_frame

ZONE = "Europe/Berlin"
#: What also a clean study shows: pressure that was high, entries that were late.
NATURAL = {("sessions", "unusual_value"), ("diary", "late_entry")}

DIGEST = """
import hashlib, pandas as pd
from outcomes.simulate import simulate_tables
tables, truth = simulate_tables(25, seed=42, months=2)
frames = [tables[name] for name in sorted(tables)] + [truth.frames[name] for name in sorted(truth.frames)]
print(hashlib.sha256(b"".join(frame.to_csv().encode() for frame in frames)).hexdigest())
"""


@pytest.mark.parametrize("scenario", list(SCENARIOS))
@pytest.mark.parametrize("arms", [None, ("placebo", "active")])
def test_frames_pass_every_check(scenario, arms) -> None:
    tables, _ = simulate_tables(80, seed=2, months=3, scenario=scenario, arms=arms)
    for name, frame in tables.items():
        TABLES[name].validate(frame)
    received = {name: receive_frame(name, tables[name], timezone=ZONE) for name in TABLES if name in tables}
    checked = check(received, rules=Rules(), timezone=ZONE)
    found = set(zip(checked.findings["table"], checked.findings["rule"], strict=True))
    assert found <= NATURAL
    assert all(len(checked.accepted[name]) == len(tables[name]) for name in tables)


@pytest.mark.parametrize(
    ("patients", "months"), [(1, 1), (1, 6), pytest.param(2, 24, marks=pytest.mark.long)]
)
def test_smallest_and_longest_studies(patients: int, months: int) -> None:
    for seed in range(3):
        tables, truth = simulate_tables(patients, seed=seed, months=months)
        for name, frame in tables.items():
            TABLES[name].validate(frame)
        assert len(truth.periods) == patients * months


def test_same_seed_same_study() -> None:
    first, truth = simulate_tables(30, seed=5, months=2)
    second, again = simulate_tables(30, seed=5, months=2)
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name])
    for name in truth.frames:
        pd.testing.assert_frame_equal(truth.frame(name), again.frame(name))
    other, _ = simulate_tables(30, seed=6, months=2)
    assert not first["patients"].equals(other["patients"])


@pytest.mark.long
def test_study_does_not_depend_on_hash_seed_zone_or_locale() -> None:
    digests = set()
    for hash_seed, zone, locale in (
        ("0", "UTC", "C"),
        ("77", "Asia/Tokyo", "C.UTF-8"),
    ):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        done = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_tables_have_their_own_streams() -> None:
    """Another law of recording changes the diary and leaves everything before it."""
    first, _ = simulate_tables(30, seed=5, months=2)
    second, _ = simulate_tables(30, seed=5, months=2, compliance=Compliance(start=0.7, end=0.6))
    for name in ("patients", "sessions", "titration"):
        pd.testing.assert_frame_equal(first[name], second[name])
    assert len(second["diary"]) < len(first["diary"])


def test_truth_hands_out_copies() -> None:
    _, truth = simulate_tables(5, seed=1, months=1)
    copy = truth.patients
    copy["p_baseline"] = 0.0
    assert (truth.patients["p_baseline"] > 0).all()


def test_truth_agrees_with_the_tables() -> None:
    tables, truth = simulate_tables(60, seed=9, months=4)
    diary = tables["diary"][["patient_id", "date", "headache"]]
    both = truth.days().query("recorded").merge(diary, on=["patient_id", "date"], suffixes=("", "_diary"))
    assert len(both) == len(diary) == truth.recorded.sum()
    assert (both["headache"] == both["headache_diary"].astype(bool)).all()
    patients = truth.patients.merge(tables["patients"], on="patient_id")
    assert (patients["style"] == patients["cohort"]).all()
    events = tables["adverse_events"].dropna(subset=["session_id"]).query("onset_precision == 'time'")
    start = tables["sessions"].set_index("session_id")["start"]
    assert (events["onset"].to_numpy() > start.loc[events["session_id"]].to_numpy()).all()
    assert not (events["resolved"] < events["onset"]).any()


def test_migraine_days_can_be_told_from_features() -> None:
    diary = simulate_tables(100, seed=3, months=1)[0]["diary"]
    pain = (
        diary["unilateral"].astype(int) + diary["pulsating"].astype(int) + diary["aggravated"].astype(int)
    ) + (diary["pain"] >= 4).astype(int)
    company = diary["nausea"] | diary["vomiting"] | (diary["photophobia"] & diary["phonophobia"])
    meets = (diary["headache"] & (pain >= 2) & company).astype(bool)
    of_headache = meets[diary["headache"].astype(bool)].mean()
    assert 0.55 < of_headache < 0.85
    agree = (meets == diary["migraine"].astype(bool))[diary["headache"].astype(bool)].mean()
    assert agree > 0.8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patients": 0}, "patients is not a whole number in its range. got: 0. allowed: 1 to 1000000."),
        ({"months": 2.5}, "months is not a whole number in its range. got: 2.5. allowed: 1 to 24."),
        ({"seed": -1}, "seed is not a whole number of 0 or more. got: -1. allowed: 0, 1, 2, ..."),
        ({"dropout": 1.0}, "dropout is not a share. got: 1.0. allowed: 0 to less than 1."),
        (
            {"arms": "placebo"},
            "arms is not a control arm and an active arm. got: 'placebo'. "
            'allowed: two names, e.g. ("placebo", "active").',
        ),
    ],
)
def test_bad_arguments_are_named(change: dict, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        simulate_tables(**({"patients": 5} | change))
    assert str(error.value) == message


def test_styles_must_add_up() -> None:
    from outcomes.simulate import scenario_parameters

    law = scenario_parameters("treated", infusions=Infusions(styles={"inpatient": 0.5, "ambulant": 0.5}))
    with pytest.raises(ArgumentError, match="the shares of the styles of courses do not add up to 1"):
        simulate_tables(5, parameters=law)


def test_labels_have_one_width() -> None:
    assert {len(name) for name in labels("P", 12_345)} == {6}
    assert np.unique(labels("P", 100)).size == 100
