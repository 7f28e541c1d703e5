"""The example study before anything goes wrong: about 60 patients, four styles of course, six months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.simulate.parameters import Compliance, Headache, Infusions, scenario_parameters
from outcomes.simulate.streams import stream
from outcomes.simulate.tables import simulate_tables

__all__ = ["PATIENTS", "SEED", "ZONE", "clean_tables"]

PATIENTS = 60
SEED = 9
MONTHS = 6
ZONE = "Europe/Berlin"
LOST_LOGS = 16  # [P] sessions of outpatients whose pump log is not there, as happens
STYLES = {"inpatient": 0.30, "outpatient": 0.35, "emergency": 0.15, "repeated": 0.20}


def clean_tables() -> dict[str, pd.DataFrame]:
    """Return the six tables, typed, without a fault.

    The baseline has fewer headache days than that of refractory patients, so that there is something to see
    in each figure. High pressures stay where severe hypertension was recorded and are cut to the usual range
    elsewhere.
    """
    law = scenario_parameters(
        "treated",
        compliance=Compliance(late=0.0),
        infusions=Infusions(styles=STYLES),
        headache=replace(Headache(), baseline=replace(Headache().baseline, a=4.1, b=1.1)),
    )
    law = replace(law, timezone=ZONE, first_day="2025-07-07", enrolment_days=119)
    tables, _ = simulate_tables(PATIENTS, seed=SEED, months=MONTHS, parameters=law)
    tables["sessions"] = _usual(tables["sessions"], tables["adverse_events"])
    tables["titration"] = _without_lost_logs(tables)
    return tables


def _usual(sessions: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    severe = sessions["session_id"].isin(events.loc[events["group"] == "hypertension", "session_id"])
    return sessions.assign(
        sbp_max=sessions["sbp_max"].where(severe, sessions["sbp_max"].clip(upper=180)),
        dbp_max=sessions["dbp_max"].clip(upper=110),
    )


def _without_lost_logs(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    sessions, log = tables["sessions"], tables["titration"]
    later = sessions["patient_id"].duplicated() & (sessions["setting"] == "outpatient")
    candidates = sessions.loc[later, "session_id"].to_numpy(dtype=object)
    lost = stream(SEED, "lost logs").choice(candidates, LOST_LOGS, replace=False)
    return log[~log["session_id"].isin(np.sort(lost))].reset_index(drop=True)
