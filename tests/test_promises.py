"""What docs/deprecations.md promises: what a version had is there in the next one, or warns there."""

from __future__ import annotations

import warnings

import pytest
from typer.main import get_command

import outcomes as oc
from outcomes.cli import app

#: Public names and commands of the version before this one: with a release they are written anew.
NAMES = """
Estimates OutcomesError Study __version__ ancova attacks burden change compare_arms
compare_responders counts courses cumulative_incidence daily days dose_events dose_response
durability emergent event_counts event_sessions exposure first_events flow impute incidence
load_example means mmrm one_patient pain_responders paired periods plots rates read_study
regression_to_mean report responders safety_data safety_tables simulate suppress tables
tipping_point tipping_surface validate vital_signs write_table
"""
COMMANDS = "check demo init notebook report schema simulate tables verify"


@pytest.mark.parametrize("name", NAMES.split())
def test_a_name_of_the_last_version_is_public_or_warns(name):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert getattr(oc, name) is not None
    warned = any(issubclass(one.category, DeprecationWarning) and name in str(one.message) for one in told)
    assert name in oc.__all__ or warned


def test_a_command_of_the_last_version_is_there():
    assert set(COMMANDS.split()) <= set(get_command(app).commands)
