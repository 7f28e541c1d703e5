"""Variables of the environment stand over study.toml, and a misspelt one is an error."""

from __future__ import annotations

import pytest

from outcomes.config import read_config
from outcomes.config.environment import overlay
from outcomes.errors import ConfigError
from studies import ALL, write_study


def test_a_variable_goes_over_the_file(tmp_path, monkeypatch):
    study = write_study(tmp_path, ALL)
    monkeypatch.setenv("OUTCOMES__RULES__ENDPOINT", "migraine_days")
    monkeypatch.setenv("OUTCOMES__RULES__MIN_DAYS", "21")
    monkeypatch.setenv("OUTCOMES__REPORT__NOTIFY", '["a", "b"]')
    monkeypatch.setenv("OUTCOMES__CUTOFF", "2026-03-01")
    config = read_config(study)
    assert (config.rules.endpoint, config.rules.min_days) == ("migraine_days", 21)
    assert config.report.notify == ("a", "b")
    assert config.cutoff.isoformat() == "2026-03-01"


@pytest.mark.parametrize(
    "name", ["OUTCOMES__RULES__ENDPONT", "OUTCOMES__TITEL", "OUTCOMES__REPORT__PASSWORD"]
)
def test_a_variable_that_is_no_key_is_an_error(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "migraine_days")
    with pytest.raises(ConfigError, match="is not a key"):
        read_config(write_study(tmp_path, ALL))


def test_the_content_of_the_file_is_not_changed():
    content = {"rules": {"a": 1}}
    assert overlay(content, {"OUTCOMES__RULES__A": "2", "OTHER": "x"}) == {"rules": {"a": 2}}
    assert content == {"rules": {"a": 1}}


def test_a_value_cannot_bring_another_key():
    assert overlay({}, {"OUTCOMES__TITLE": 'x"\nnote = "y'}) == {"title": 'x"\nnote = "y'}
    assert overlay({}, {"OUTCOMES__TITLE": '"x"\nnote = "y"'}) == {"title": '"x"\nnote = "y"'}
