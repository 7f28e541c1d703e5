"""Frames in memory: anybody's names of columns, typed or text, of any package; never a quiet study."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, SourceError
from studies import rules_found

DAYS = ["2026-01-05", "2026-01-06", "2026-01-07"]
DIARY = pd.DataFrame({"patient_id": ["01", "01", "02"], "date": DAYS, "headache": ["yes", "no", "yes"]})
PATIENTS = pd.DataFrame({"patient_id": ["01", "02"], "index_date": ["2026-02-01"] * 2})
THEIRS = {"patient_id": "Pat Nr", "date": "Tag", "headache": "Kopfweh"}


def typed(frame=DIARY):
    return frame.assign(date=pd.to_datetime(frame["date"]), headache=frame["headache"] == "yes")


def makers():
    """Return each way to hand over a frame of pandas in the clothes of another package."""
    found = {"pandas": lambda frame: frame, "pyarrow": lambda frame: pa.table(frame)}
    found["arrow-backed"] = lambda frame: frame.convert_dtypes(dtype_backend="pyarrow")
    found["index"] = lambda frame: frame.set_index(list(frame.columns[:2]))
    found["categories"] = lambda frame: frame.astype(dict.fromkeys(frame, "category"))
    try:
        import polars

        found["polars"] = polars.from_pandas
        found["polars-categories"] = lambda frame: polars.from_pandas(frame).with_columns(
            polars.col(frame.columns[0]).cast(polars.Categorical)
        )
    except ImportError:
        pass
    try:
        import narwhals

        found["narwhals"] = lambda frame: narwhals.from_native(pa.table(frame), eager_only=True)
    except ImportError:
        pass
    try:
        import duckdb

        found["duckdb"] = duckdb.from_df
    except ImportError:
        pass
    return found


@pytest.mark.parametrize("name", makers())
@pytest.mark.parametrize("kind", ["text", "typed"])
@pytest.mark.parametrize("how", ["ours", "by-table", "for-all"])
def test_the_same_study_of_any_package_and_by_any_names(name, kind, how):
    frame = DIARY if kind == "text" else typed()
    columns = None
    if how != "ours":
        frame = frame.rename(columns=THEIRS)
        columns = {"diary": THEIRS} if how == "by-table" else THEIRS
    study = oc.Study(diary=makers()[name](frame), patients=PATIENTS, columns=columns)
    pd.testing.assert_frame_equal(study.diary, oc.Study(diary=DIARY, patients=PATIENTS).diary)
    assert len(study.findings) == 0


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (pd.to_datetime(DAYS) + pd.Timedelta(hours=22), '"date_format": "ISO8601"'),
        (pd.to_datetime(DAYS).tz_localize("Europe/Berlin"), '"date_format": "ISO8601"'),
        ([f"{day} 22:30" for day in DAYS], 'date_format = "%Y-%m-%d %H:%M"'),
        ([f"{day}T22:30:00+01:00" for day in DAYS], 'date_format = "%Y-%m-%dT%H:%M:%S%z"'),
        ([dt.datetime.fromisoformat(f"{day} 22:30") for day in DAYS], '"date_format": "ISO8601"'),
        (["5.1.2026", "6.1.2026", "7.1.2026"], 'date_format = "%d.%m.%Y"'),
        ([46027, 46028, 46029], 'date_format = "excel"'),
        ([20260105, 20260106, 20260107], 'date_format = "%Y%m%d"'),
    ],
)
def test_dates_of_another_form_are_refused_with_the_argument_that_reads_them(values, line):
    diary = DIARY.assign(date=values)
    with pytest.raises(SourceError, match="no date of the column date can be read") as refused:
        oc.Study(diary=diary, patients=PATIENTS)
    assert line in str(refused.value)
    assert 'reading={"diary": ' in str(refused.value)
    assert "46027" not in str(refused.value)
    key = line.split('"')[-2]
    study = oc.Study(diary=diary, patients=PATIENTS, reading={"diary": {"date_format": key}})
    assert study.diary["date"].tolist() == [pd.Timestamp(day) for day in DAYS]
    assert len(study.findings) == 0


def test_times_of_sessions_that_cannot_be_read_are_refused_too():
    sessions = pd.DataFrame(
        {"session_id": ["a"], "patient_id": "01", "start": ["20.01.2026 09:00"], "end": ""}
    )
    with pytest.raises(SourceError, match="no time of the column start") as refused:
        oc.Study(diary=DIARY, sessions=sessions)
    assert 'timestamp_format = "%d.%m.%Y %H:%M"' in str(refused.value)
    reading = {"sessions": {"timestamp_format": "%d.%m.%Y %H:%M"}}
    study = oc.Study(diary=DIARY, sessions=sessions, reading=reading, timezone="Europe/Berlin")
    assert study.sessions["start"].tolist() == [pd.Timestamp("2026-01-20 08:00", tz="UTC")]


@pytest.mark.parametrize("year", [26, 2926])
def test_years_of_no_study_are_found_in_typed_frames_as_in_texts(year):
    date = np.array([f"{year:04d}-01-05", *DAYS[1:]], dtype="datetime64[s]")
    study = oc.Study(diary=DIARY.assign(date=date), patients=PATIENTS)
    assert rules_found(study) == {("diary", 1, "date", "implausible_date", "error")}
    assert len(study.diary) == 2
    sessions = pd.DataFrame({"session_id": ["a", "b"], "patient_id": ["01", "02"], "end": pd.NaT})
    sessions["start"] = np.array([f"{year:04d}-01-05", "2026-01-20"], dtype="datetime64[s]")
    study = oc.Study(diary=DIARY, sessions=sessions)
    assert ("sessions", 1, "start", "implausible_date", "error") in rules_found(study)
    assert study.sessions["session_id"].tolist() == ["b"]


def test_words_and_missing_values_of_frames_are_said_as_in_study_toml():
    diary = DIARY.assign(headache=["ja", "nein", "ja"], pain=[3.0, -99.0, 4.0])
    reading = {"yes": ["ja"], "no": ["nein"], "missing": ["-99"]}
    study = oc.Study(diary=diary, patients=PATIENTS, reading=reading)
    assert study.diary["headache"].tolist() == [True, False, True]
    assert study.diary["pain"].isna().tolist() == [False, True, False]
    assert len(study.findings) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"columns": {"diary": {"Tag": "date"}}}, "the other way round"),
        ({"columns": {"Tag": "date"}}, "the other way round"),
        ({"columns": {"diary": {"date": "Tagg"}}}, "did you mean 'Tag'"),
        ({"columns": {"date": "nowhere"}}, "the table diary has no column 'nowhere'"),
        ({"columns": {"dairy": {"date": "Tag"}, "diary": {}}}, "did you mean 'diary'"),
        ({"columns": ["Tag"]}, "columns is of the wrong type"),
        ({"reading": {"date_fromat": "%d"}}, "did you mean 'date_format'"),
        ({"reading": {"diary": {"date_format": "%d"}}}, "not a format that names year"),
        ({"reading": {"file": "x"}}, "a key of reading"),
        ({"reading": {"diary": {"values": {"sex": {"w": "female"}}}}}, "'sex' is not a column of diary"),
    ],
)
def test_wrong_names_and_keys_are_refused_by_name(arguments, words):
    diary = DIARY.assign(Tag=DIARY["date"])
    with pytest.raises(ArgumentError) as refused:
        oc.Study(diary=diary, patients=PATIENTS, **arguments)
    assert words in str(refused.value)


def test_a_column_that_lacks_is_refused_with_the_argument_that_names_it():
    with pytest.raises(SourceError, match=r"no column date, headache.*columns=\{\"diary\": \{\"date\""):
        oc.Study(diary=DIARY.rename(columns={"date": "Tag", "headache": "Kopfweh"}), patients=PATIENTS)
    with pytest.raises(SourceError, match="3 columns, none of them known") as refused:
        oc.Study(diary=DIARY.set_axis(DIARY.iloc[0].to_list(), axis=1), patients=PATIENTS)
    assert "2026" not in str(refused.value)


@pytest.mark.parametrize("frame", [None, 3, "diary.csv", {"patient_id": ["01"]}, pd.Series(["01"]), [DIARY]])
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(ArgumentError, match="diary is of the wrong type"):
        oc.Study(diary=frame, patients=PATIENTS)


def test_a_frame_that_is_not_computed_yet_is_refused_with_what_to_call():
    polars = pytest.importorskip("polars")
    with pytest.raises(ArgumentError, match="call collect"):
        oc.Study(diary=polars.from_pandas(DIARY).lazy(), patients=PATIENTS)


@pytest.mark.parametrize("typed", [False, True])
def test_sessions_without_an_identifier_are_told_apart_by_their_rows(typed):
    rows = (f"01,2026-01-2{day}T09:00Z,2026-01-2{day}T12:00Z\n" for day in (0, 1))
    diary = "patient_id,date,headache\n01,2026-01-05,yes\n"
    events = "patient_id,term,onset\n01,nausea,2026-01-21T10:00Z\n"
    sessions = "".join(["patient_id,start,end\n", *rows])
    tables = {"diary": diary, "sessions": sessions, "adverse_events": events}
    frames = {name: pd.read_csv(io.StringIO(text), dtype="str") for name, text in tables.items()}
    if typed:
        times = {name: pd.to_datetime(frames["sessions"][name]) for name in ("start", "end")}
        frames["sessions"] = frames["sessions"].assign(**times)
    study = oc.Study(**frames)
    first, second = study.sessions["session_id"]
    assert first != second
    assert not (study.findings["severity"] == "error").any()
    (event,) = oc.emergent(study).to_dict("records")
    assert (event["session_id"], event["in_session"]) == (second, True)
    blank = frames["sessions"].assign(session_id=["s1", None])
    one = oc.Study(**frames | {"sessions": blank})
    assert one.sessions["session_id"].tolist() == ["s1"], "one blank among identifiers is a fault"
