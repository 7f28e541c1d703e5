"""Dates and times at the full width of the declared format: what it reads it would write again."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outcomes as oc
from outcomes.errors import ConfigError
from outcomes.sources.calendar_words import LANGUAGES, month_names, weekday_names
from outcomes.sources.conventions import TableSource
from outcomes.sources.date_format import read_parts
from outcomes.sources.date_hints import date_hint
from shared import shared
from studies import DIARY, PATIENTS, rules_found, write_study

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def days(texts, date_format, language="en"):
    return [str(day) for day in read_parts(pd.Series(texts, dtype="str"), date_format, language).date]


def read(folder, diary, options=""):
    return oc.read_study(write_study(folder, {"patients": PATIENTS, "diary": diary}, options=options))


@pytest.mark.reference
@pytest.mark.parametrize("case", ["compact_date", "iso_partial", "day_366"])
def test_a_date_that_the_format_would_not_write_again_is_none(case):
    study = oc.read_study(shared("cases", case))
    assert ("diary", 1, "date", "bad_date", "error") in rules_found(study)
    assert len(study.diary) == 0


@pytest.mark.reference
def test_the_local_date_is_the_one_that_is_written():
    study = oc.read_study(shared("cases", "date_with_offset"))
    assert study.diary["date"].tolist() == [pd.Timestamp("2026-01-31")]


@pytest.mark.parametrize(
    ("texts", "date_format", "wanted"),
    [
        (["1122026", "01122026"], "%d%m%Y", ["NaT", "2026-12-01"]),
        (["2026111", "20261101"], "%Y%m%d", ["NaT", "2026-11-01"]),
        (["11226", "011226"], "%d%m%y", ["NaT", "2026-12-01"]),
        (["2026366", "2024366", "202609", "2026000"], "%Y%j", ["NaT", "2024-12-31", "NaT", "NaT"]),
        (["2026-366", "2024-60"], "%Y-%j", ["NaT", "2024-02-29"]),
        (
            ["29.02.2026", "29.2.2024", "1.2.2026", "31.04.2026"],
            "%d.%m.%Y",
            ["NaT", "2024-02-29", "2026-02-01", "NaT"],
        ),
        (["29.02.1900", "29.02.2000"], "%d.%m.%Y", ["NaT", "2000-02-29"]),
        (["01.02.26", "01.02.2026", "01.02.69"], "%d.%m.%y", ["2026-02-01", "NaT", "1969-02-01"]),
        (["01.02.26", "01.02.026"], "%d.%m.%Y", ["NaT", "NaT"]),
        (
            ["2026-01-31 23:30", "2026-01-31 24:00", "2026-01-31"],
            "%Y-%m-%d %H:%M",
            ["2026-01-31", "NaT", "NaT"],
        ),
        (["2026-01-31 23:30 CET", "2026-01-31 23:30 Europe/Berlin"], "%Y-%m-%d %H:%M %Z", ["2026-01-31"] * 2),
        (["31.01.2026 ", "31.01.2026x", "x31.01.2026"], "%d.%m.%Y", ["NaT"] * 3),
        (["Mon 05.01.2026", "Tue 05.01.2026"], "%a %d.%m.%Y", ["2026-01-05", "NaT"]),
        (["05-JAN-2026", "05-Janvier-2026"], "%d-%b-%Y", ["2026-01-05", "NaT"]),
        (["46027", "46027.75", "4602x"], "excel", ["2026-01-05", "2026-01-05", "NaT"]),
        (["44565"], "excel1904", ["2026-01-05"]),
        (["02:30 PM 05.01.2026", "13:30 PM 05.01.2026"], "%I:%M %p %d.%m.%Y", ["2026-01-05", "NaT"]),
    ],
)
def test_formats_are_read_at_their_full_width(texts, date_format, wanted):
    TableSource(file="d.csv", date_format=date_format)
    assert days(texts, date_format) == wanted


@settings(max_examples=200, deadline=None)
@given(
    DAYS,
    st.sampled_from(
        ["%d.%m.%Y", "%Y%m%d", "%d%m%Y", "%Y-%j", "%Y%j", "%m/%d/%Y", "%d %b %Y", "%A, %d. %B %Y", "%a%d%b%Y"]
    ),
)
def test_what_the_standard_library_writes_is_read_as_it_was(day, date_format):
    assert days([day.strftime(date_format)], date_format) == [day.isoformat()]


@settings(max_examples=300, deadline=None)
@given(
    st.text("0123456789.-/ T:+Z", max_size=14),
    st.sampled_from(["%d.%m.%Y", "%Y%m%d", "%d%m%Y", "%d%m%y", "%Y%j", "%Y-%m-%d"]),
)
def test_what_is_read_is_written_again_but_for_leading_zeros(text, date_format):
    (found,) = days([text], date_format)
    if found == "NaT":
        return
    written = date.fromisoformat(found).strftime(date_format)
    compact = not set(".-") & set(date_format)
    assert (
        text == written
        if compact
        else [*map(int, text.replace("-", ".").split("."))]
        == [*map(int, written.replace("-", ".").split("."))]
    )


def test_serial_numbers_are_days_since_the_last_day_but_one_of_1899():
    serial = [1, 59, 61, 46027]  # the 60 of Excel is 29 February 1900, which never was
    begin = date(1899, 12, 30)
    assert days([str(number) for number in serial[2:]], "excel") == [
        str(begin + timedelta(days=number)) for number in serial[2:]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_months_are_those_that_unicode_has(language):
    babel = pytest.importorskip("babel.dates")
    for width in ("wide", "abbreviated"):
        for kind, names in (("months", month_names(language)), ("days", weekday_names(language))):
            known = getattr(babel, f"get_{kind[:-1]}_names")(width, locale=language)
            for number, name in known.items():
                wanted = number if kind == "months" else number + 1
                assert names[name.casefold().rstrip(".")] == wanted


def test_months_are_read_in_the_declared_language(tmp_path):
    diary = DIARY.replace("2026-01-05", "5. Jänner 2026")
    study = read(tmp_path, diary, 'date_format = "%d. %B %Y"\nlanguage = "de"')
    assert study.diary["date"].tolist() == [pd.Timestamp("2026-01-05")] * 2
    (hint, *_) = read(tmp_path, DIARY.replace("2026-01-05", "5. Mai 2026")).findings["hint"]
    assert 'date_format = "%d. %b %Y" and language = "de"' in hint


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("05.01.2026", 'date_format = "%d.%m.%Y"'),
        ("13/01/2026", 'date_format = "%d/%m/%Y"'),
        ("05/01/2026", 'date_format = "%d/%m/%Y" or "%m/%d/%Y", whichever is meant'),
        ("46027", 'date_format = "excel"'),
        ("20260105", 'date_format = "%Y%m%d"'),
        ("05-Jan-26", 'date_format = "%d-%b-%y"'),
        ("2026-01-05 07:30", 'date_format = "%Y-%m-%d %H:%M"'),
        ("2026-01-05T07:30:00+01:00", 'date_format = "%Y-%m-%dT%H:%M:%S%z"'),
        ("2026-01", "a year or a month without a day"),
        ("2026", "a year or a month without a day"),
    ],
)
def test_what_a_date_looks_like_is_told_with_the_line_that_reads_it(tmp_path, text, line):
    study = read(tmp_path, DIARY.replace("2026-01-05", text))
    (hint,) = set(study.findings.query("rule == 'bad_date'")["hint"])
    assert line in hint
    assert text not in hint
    if "or" not in line and "without" not in line:
        again = read(tmp_path, DIARY.replace("2026-01-05", text), line)
        assert len(again.diary) == 2


def test_times_by_a_format_are_local_or_have_their_offset(tmp_path):
    sessions = (
        "session_id,patient_id,start,end\n"
        "a,01,20.01.2026 09:00,20.01.2026 12:00\nb,02,46042.5,46042.75\nc,01,2026-01-20,x\n"
    )
    path = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY, "sessions": sessions})
    found = oc.read_study(path).findings.query("column == 'start' and rule == 'bad_timestamp'")
    assert found["row"].tolist() == [1, 2]
    for text, key in (("20.01.2026 09:00", "%d.%m.%Y %H:%M"), ("46042.375", "excel")):
        rows = f"session_id,patient_id,start,end\na,01,{text},\n"
        path = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY, "sessions": rows})
        path.write_text(
            path.read_text() + f'\n[tables.sessions]\nfile = "sessions.csv"\ntimestamp_format = "{key}"\n'
        )
        path.write_text(path.read_text().replace('[tables.sessions]\nfile = "sessions.csv"\n\n', "", 1))
        start = oc.read_study(path).sessions["start"]
        assert start.tolist() == [pd.Timestamp("2026-01-20 08:00", tz="UTC")]


def test_offsets_move_the_time_and_not_the_date():
    parts = read_parts(
        pd.Series(["2026-01-31 23:30:00 -0530", "2026-01-31 23:30:00 Z"]), "%Y-%m-%d %H:%M:%S %z", "en"
    )
    assert parts.offset.tolist() == [-5.5 * 3600, 0]
    assert parts.seconds.tolist() == [23.5 * 3600] * 2
    assert (parts.date == np.datetime64("2026-01-31")).all()


@pytest.mark.parametrize(
    "key",
    [
        'date_format = "%d.%m"',
        'date_format = "%m.%Y"',
        'date_format = "%d.%m.%Y %d"',
        'date_format = "%y%Y%j"',
        'date_format = "%Q"',
        'timestamp_format = "%d.%m.%Y %H:%M %Z"',
        'language = "xx"',
        'thousands = "."',
        'decimal = ","\nthousands = ","',
    ],
)
def test_formats_that_name_no_day_and_names_of_zones_in_times_are_refused(tmp_path, key):
    if key == 'thousands = "."':
        key += '\ndecimal = "."'
    with pytest.raises(ConfigError):
        read(tmp_path, DIARY, key)


def test_a_hint_for_nothing_says_what_is_declared():
    assert date_hint(pd.Series([], dtype="str"), "date_format", "%d", "en") == "declared date_format: %d"
