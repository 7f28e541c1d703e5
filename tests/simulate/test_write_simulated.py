"""A simulated study as files: read again it is the same study, and the truth lies beside it."""

import json
import pickle

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.simulate import simulate_tables, write_simulated

#: Columns that reading fills and the simulator leaves empty.
FILLED = {("titration", "rate_unit")}


def test_written_study_is_read_as_it_was_made(tmp_path) -> None:
    paths = write_simulated(tmp_path, patients=25, seed=4, months=2, scenario="null")
    tables, truth = simulate_tables(25, seed=4, months=2, scenario="null")
    study = oc.read_study(tmp_path)
    assert {path.name for path in paths} >= {"study.toml", "diary.csv", "parameters.json", "mean_change.csv"}
    assert (study.findings["severity"] == "warning").all()
    for name, frame in tables.items():
        read = study.table(name)
        assert len(read) == len(frame)
        for column in frame.columns:
            if (name, column) not in FILLED:
                pd.testing.assert_series_equal(read[column], frame[column], check_names=False)
    facts = json.loads((tmp_path / "truth" / "parameters.json").read_text())
    assert facts["parameters"]["headache"]["entry_days"] == study.rules.entry_days == 22
    means = pd.read_csv(tmp_path / "truth" / "mean_change.csv")
    assert means["change"].tolist() == pytest.approx(truth.mean_change["change"].tolist(), abs=1e-12)


def test_truth_can_be_sent_to_another_process() -> None:
    _, truth = simulate_tables(5, seed=1, months=1)
    again = pickle.loads(pickle.dumps(truth))
    assert again.parameters == truth.parameters
    pd.testing.assert_frame_equal(again.periods, truth.periods)


def test_a_folder_that_is_a_file_is_an_error(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError) as error:
        write_simulated(tmp_path / "file", patients=2, months=1)
    assert str(error.value).startswith("the folder cannot be written. got: File exists. check")
