"""study.toml as people write it: what cannot be right is refused before a row is read, with what to write."""

from __future__ import annotations

import re

import pytest

import outcomes as oc
from outcomes.errors import ConfigError
from studies import DIARY, PATIENTS, write_study

TABLES = {"patients": PATIENTS, "diary": DIARY}


@pytest.mark.parametrize(
    ("options", "key", "what_to_write"),
    [
        ('date_format = "dd.mm.yyyy"', "tables.diary.date_format", "%d.%m.%Y"),
        ('date_format = "%Q.%m.%Y"', "tables.diary.date_format", "%d.%m.%Y"),
        ('date_format = "%d.%m."', "tables.diary.date_format", "year"),
        ('timestamp_format = "TT.MM.JJJJ"', "tables.diary.timestamp_format", "%H:%M"),
        ('encoding = "klingon"', "tables.diary.encoding", "cp1252"),
        ('encoding = "base64"', "tables.diary.encoding", "cp1252"),
        ('encoding = "punycode"', "tables.diary.encoding", "cp1252"),
        ('delimiter = "é"', "tables.diary.delimiter", "tab"),
        ('delimiter = "\\u0000"', "tables.diary.delimiter", "tab"),
        ('delimiter = "a"', "tables.diary.delimiter", "tab"),
        ('yes = ["ja", "n"]', "tables.diary", "n"),
        ("[tables.diary.values.headache]\njn = 'oui'", "tables.diary.values.headache", "your word"),
        ("[tables.diary.values.source]\ndiary = 'app'", "tables.diary.values.source", "diary, recall"),
    ],
)
def test_a_convention_that_cannot_be_right_is_a_configuration_error(tmp_path, options, key, what_to_write):
    study = write_study(tmp_path, TABLES, options=options)
    with pytest.raises(ConfigError, match="tables") as refused:
        oc.read_study(study)
    assert key in str(refused.value)
    assert what_to_write in str(refused.value)


@pytest.mark.parametrize("file", ['""', '" "', "[]", '["diary.csv", "diary.csv"]', '"diary.csv\\u0000"'])
def test_a_name_that_is_no_file_is_a_configuration_error(tmp_path, file):
    study = write_study(tmp_path, TABLES)
    study.write_text(study.read_text().replace('"diary.csv"', file))
    with pytest.raises(ConfigError, match=r"tables\.diary\.file"):
        oc.read_study(study)


@pytest.mark.parametrize(
    ("top", "words"),
    [
        ("[report]\nkeep_days = 4000000000", "report.keep_days"),
        ("[report]\nmax_age_diary_days = 100000000000000000000", "report.max_age_diary_days"),
        ('[report]\nmax_age_diary_days = "3"', "max_age_diary_days must be a whole number, got '3'"),
        ('[rules]\ngoal_days = "4"', "rules.goal_days must be a number, got '4'"),
        ("[rules]\nmin_days = true", "rules.min_days must be a whole number, got true"),
        ('[report]\npdf = "yes"', "report.pdf must be true or false, got 'yes'"),
        ("[report]\npdf = 1", "report.pdf must be true or false, got 1"),
        ('[limits]\nmax_rows = "9"', "max_rows must be a whole number, got '9'"),
        ("[rules]\nrelated_window_h = inf", "rules.related_window_h"),
        (f"note = {'[' * 3000}{']' * 3000}", "the file cannot be read"),
        (f"cutoff = {'9' * 5000}", "the file cannot be read"),
    ],
)
def test_what_no_study_means_is_a_configuration_error(tmp_path, top, words):
    with pytest.raises(ConfigError, match=words):
        oc.read_study(write_study(tmp_path, TABLES, top=top))


def test_a_study_has_a_title(tmp_path):
    study = write_study(tmp_path, TABLES)
    study.write_text(study.read_text().replace('title = "Test"', 'title = ""'))
    with pytest.raises(ConfigError, match="title"):
        oc.read_study(study)


def test_codes_may_be_written_as_the_checks_read_them(tmp_path):
    words = '[tables.diary.values]\nacute_medication = { T = "Triptan + simple-analgesic", "-" = "" }\n'
    diary = DIARY.replace("headache\n", "headache,acute_medication\n").replace("yes\n", "yes,T\n")
    study = oc.read_study(
        write_study(tmp_path, TABLES | {"diary": diary.replace("no\n", "no,-\n")}, options=words)
    )
    assert study.diary["acute_medication"].fillna("missing").tolist() == [
        "simple_analgesic+triptan",
        "missing",
    ]


def test_a_study_toml_in_another_encoding_names_its_line(tmp_path):
    study = write_study(tmp_path, TABLES, top="note = 'Übelkeit'")
    study.write_bytes(study.read_text().encode("cp1252"))
    with pytest.raises(ConfigError, match="line 3 is not UTF-8"):
        oc.read_study(study)


@pytest.mark.parametrize("day", ["31.12.2026", "1.2.2026", "2026-03", "today", "", "1", 5, ["2026-01-01"]])
def test_a_cut_off_is_one_date_to_everybody(tmp_path, day):
    with pytest.raises(oc.OutcomesError, match="cut-off is not a date"):
        oc.read_study(write_study(tmp_path, TABLES), as_of=day)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('audience = "everyone"', "report.audience must be 'external' or 'clinic', got 'everyone'"),
        ("audience = []", "report.audience must be 'external' or 'clinic', got a list"),
        ('smallest_count = "ten"', "report.smallest_count must be a whole number, got 'ten'"),
        ("smallest_count = 1", "report.smallest_count must be at least 3, got 1"),
        ("smallest_count = nan", "report.smallest_count must be a finite number, got nan"),
        (f'pdf = "{"x" * 50}"', "report.pdf must be true or false, got 50 characters"),
        ('Audience = "clinic"', "report.Audience is not a key (did you mean 'audience'?)"),
    ],
)
def test_a_setting_of_the_report_says_what_it_must_be_and_what_it_is(tmp_path, line, said):
    path = write_study(tmp_path, TABLES)
    path.write_text(path.read_text(encoding="utf-8").replace('audience = "clinic"', line), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        oc.read_study(path)
