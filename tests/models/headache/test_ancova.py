"""ANCOVA: partialled-out regression by hand, real trial data, arms that are empty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from outcomes.errors import ArgumentError
from outcomes.models.headache.ancova import ancova
from outcomes.models.stats.few_patients import FEW_WORDS
from shared import shared


def _trial(seed: int = 1, n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"patient_id": range(n), "arm": np.where(np.arange(n) % 2, "active", "placebo")})
    frame["baseline"] = rng.integers(14, 29, n).astype(float)
    frame["change"] = 3 - 0.3 * frame["baseline"] - 2.0 * (frame["arm"] == "active") + rng.normal(0, 3, n)
    return frame.assign(period="days 1-28", period_number=1)


def test_difference_is_that_of_partialled_out_residuals() -> None:
    frame = _trial()
    row = ancova(frame, arm="arm", reference="placebo").to_frame().query("term == 'difference'").iloc[0]
    # Frisch and Waugh: regress change and arm on baseline, then one residual on the other.
    z = np.column_stack([np.ones(len(frame)), frame["baseline"]])
    a = (frame["arm"] == "active").to_numpy(float)
    ry = frame["change"] - z @ np.linalg.lstsq(z, frame["change"], rcond=None)[0]
    ra = a - z @ np.linalg.lstsq(z, a, rcond=None)[0]
    effect = (ra @ ry) / (ra @ ra)
    se = np.sqrt(((ry - effect * ra) ** 2).sum() / (len(frame) - 3) / (ra @ ra))
    assert row["contrast"] == "active - placebo"
    assert row["estimate"] == pytest.approx(effect, rel=1e-10)
    assert row["std_error"] == pytest.approx(se, rel=1e-10)
    assert row["df"] == 37
    other = ancova(frame, arm="arm", reference="active").to_frame().query("term == 'difference'").iloc[0]
    assert other["estimate"] == pytest.approx(-effect, rel=1e-10)
    assert other["contrast"] == "placebo - active"


def test_single_arm_mean_stands_for_patients_without_a_change() -> None:
    frame = _trial(2).drop(columns="arm")
    frame.loc[frame["baseline"] > 24, "change"] = np.nan
    rows = ancova(frame).to_frame().set_index("term")
    used = frame.dropna()
    slope, intercept = np.polyfit(used["baseline"], used["change"], 1)
    assert rows.loc["slope on baseline", "estimate"] == pytest.approx(slope)
    assert rows.loc["adjusted mean change", "estimate"] == pytest.approx(
        intercept + slope * frame["baseline"].mean()
    )
    assert rows["n"].tolist() == [len(used)] * 2
    assert rows["N"].tolist() == [40] * 2


@pytest.mark.reference
@pytest.mark.parametrize("vcov", ["nonrobust", "HC3"])
def test_real_trial_agrees_with_the_formula_interface(vcov: str) -> None:
    data = pd.read_csv(shared("data", "antidepressant_data.csv"))
    frame = data.rename(columns={"PATIENT": "patient_id", "BASVAL": "baseline", "CHANGE": "change"})
    frame = frame.assign(period=frame["VISIT"].astype(str), period_number=frame["VISIT"].astype(int))
    found = ancova(frame, arm="THERAPY", reference="PLACEBO", vcov=vcov).to_frame()
    last = data[data["VISIT"].astype(int) == 7]
    fit = smf.ols("CHANGE ~ BASVAL + C(THERAPY, Treatment('PLACEBO'))", last).fit()
    fit = fit if vcov == "nonrobust" else fit.get_robustcov_results("HC3", use_t=True)
    row = found.query("period == '7' and term == 'difference'").iloc[0]
    at = list(fit.model.exog_names).index("C(THERAPY, Treatment('PLACEBO'))[T.DRUG]")
    for name, values in (("estimate", fit.params), ("std_error", fit.bse), ("p_value", fit.pvalues)):
        assert row[name] == pytest.approx(np.asarray(values)[at], rel=1e-9)
    assert row["n"] == len(last)


def test_what_cannot_be_estimated_says_why() -> None:
    frame = _trial()
    cases = {
        "no patient with a baseline and a change": frame.assign(change=np.nan),
        "not more patients than coefficients": frame.iloc[:3],
        "all baselines are equal: no slope": frame.assign(baseline=20.0),
    }
    for status, data in cases.items():
        rows = ancova(data, arm="arm").to_frame()
        assert (rows["status"] == status).all()
        assert rows["estimate"].isna().all()
    one_arm = frame.assign(change=frame["change"].where(frame["arm"] == "active"))
    rows = (
        ancova(one_arm, arm="arm", reference="placebo").to_frame().set_index(["term", "contrast"])["status"]
    )
    assert rows["adjusted mean change", "active"] == "ok"
    assert rows["difference", "active - placebo"] == "an arm has no patient to count"
    line = ancova(frame.assign(change=-0.5 * frame["baseline"])).to_frame()
    assert (line["status"] == "the changes lie exactly on a line: no interval").all()
    with pytest.raises(ArgumentError, match="reference is not one of its options"):
        ancova(frame, arm="arm", reference="Placebo")


def test_hc3_has_no_value_where_one_patient_alone_determines_a_coefficient() -> None:
    rows = pd.DataFrame({"patient_id": list("abcdef"), "period": "days 1-28", "period_number": 1})
    rows = rows.assign(
        arm=list("xxxxxy"), baseline=[20.0, 21, 22, 25, 24, 26], change=[-1.0, -2, -3, -5, -4, -9]
    )
    robust = ancova(rows, arm="arm", vcov="HC3").to_frame()
    assert robust["estimate"].notna().all()
    assert robust[["std_error", "lower", "upper", "p_value"]].isna().all(axis=None)
    assert set(robust["status"]) == {"one patient alone determines a coefficient: HC3 is undefined"}
    plain = ancova(rows, arm="arm").to_frame().set_index("contrast")["status"]
    assert plain.to_dict() == {"x": "ok", "y": FEW_WORDS, "y - x": FEW_WORDS, "": "ok"}


def test_a_line_that_leaves_the_days_there_are_has_no_interval() -> None:
    """Arm b at the mean baseline would have more than 28 days: the upper limit was below the estimate."""
    high, low = [12.0, 13, 12, 13, 22, 21], [5.0, 6, 5, 6, 5, 6]
    rows = pd.DataFrame({"arm": ["a"] * 6 + ["b"] * 6, "baseline": low + high})
    rows["value"] = [3.0, 1, 2, 1, 3, 0, 28, 28, 28, 28, 26, 26]
    rows = rows.assign(period="days 1-28", period_number=1, patient_id=range(12))
    rows["change"] = rows["value"] - rows["baseline"]
    found = ancova(rows, arm="arm").to_frame()
    fit = smf.ols("change ~ C(arm) + baseline", rows).fit()
    at = pd.DataFrame({"arm": ["b"], "baseline": [rows["baseline"].mean()]})
    row = found[(found["term"] == "adjusted mean change") & (found["contrast"] == "b")].iloc[0]
    assert row["estimate"] == pytest.approx(float(fit.predict(at).iloc[0]), rel=1e-9)
    assert row["estimate"] > 28 - rows["baseline"].mean()
    assert row["status"] == "the line leaves what days can be: no interval"
    assert np.isnan(row[["std_error", "p_value", "lower", "upper"]].astype(float)).all()
