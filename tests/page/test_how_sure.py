"""How sure: other models beside the change, missing days, every day, dose; each number is its model's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import outcomes as oc
from outcomes.errors import DataError
from outcomes.page.blocks import Drawing, TableBlock, Words
from outcomes.page.material import IMPUTATIONS, SEED, Material
from outcomes.page.sections import dose as dose_module
from outcomes.page.sections import same_change as module
from outcomes.page.sections.day_by_day import day_by_day
from outcomes.page.sections.dose import dose
from outcomes.page.sections.how_sure import how_sure
from outcomes.page.sections.missing_days import missing_days
from outcomes.page.sections.same_change import RATIO, counted, reading, same_change
from outcomes.page.view import Clinic

#: The root search of the tipping point stops within a millionth of a day; a limit moves no more than that.
AT_ZERO = 1e-5


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(oc.load_example())


def table(blocks, name: str) -> pd.DataFrame:
    return next(b.table.frame for b in blocks if isinstance(b, TableBlock) and b.table.name == name)


def words(blocks) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Words))


def rows_of(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["scale", "what", "estimate", "lower", "upper"])


def test_the_section_has_each_part_once(material):
    names = [block.table.name for block in how_sure(Clinic(material)).blocks if isinstance(block, TableBlock)]
    wanted = [
        "strategies",
        "same-change",
        "counts",
        "mixed-model",
        "tipping",
        "regression",
        "durability",
        "daily",
        "dose-change",
    ]
    assert names == wanted


def test_every_row_is_the_models_own_number(material):
    found = table(same_change(material), "same-change").set_index("what")
    periods = oc.periods(material.study, baseline_as_row=True)
    first = oc.change(periods).to_frame().iloc[0]
    for name in ("estimate", "n", "N"):
        assert found.loc["Mean with t interval", name] == pytest.approx(first[name])
    own = periods.loc[periods["period"].eq(first["period"]), "change"].dropna()
    limits = stats.t.interval(0.95, len(own) - 1, own.mean(), own.sem())  # the headline's assumes less
    assert found.loc["Mean with t interval", ["lower", "upper"]].tolist() == pytest.approx(limits)
    adjusted = oc.ancova(periods).to_frame().iloc[0]
    assert found.loc["Analysis of covariance", "estimate"] == pytest.approx(adjusted["estimate"])
    ratio = (
        oc.counts("days_with_event ~ period", periods)
        .ratios("period", reference="baseline")
        .to_frame()
        .iloc[0]
    )
    assert (
        found.loc["Beta-binomial", ["estimate", "lower", "upper"]].tolist()
        == ratio[["estimate", "lower", "upper"]].tolist()
    )
    imputed = oc.impute(periods, imputations=IMPUTATIONS, rng=SEED).estimates().to_frame().iloc[0]
    assert found.loc["Imputed at random", "estimate"] == pytest.approx(imputed["estimate"])
    assert (found["n"] <= found["N"]).all()
    assert (found["lower"] < found["estimate"]).all()
    assert (found["estimate"] < found["upper"]).all()


def test_the_reading_says_whether_methods_agree():
    falls = ("change", "one", -3.0, -5.0, -1.0), (RATIO, "two", 0.8, 0.7, 0.9)
    said = reading(rows_of(*falls))
    assert "All 2 methods" in said
    assert "lower than at the baseline. Every interval lies wholly on one side" in said
    unsure = reading(rows_of(*falls, ("change", "three", -1.0, -3.0, 1.0)))
    assert "differ in certainty: 2 of 3" in unsure
    assert unsure.endswith("that of: three.")
    rises = reading(rows_of(*falls, (RATIO, "three", 1.1, 0.9, 1.3)))
    assert "2 of 3 say lower than at the baseline, but higher: three" in rises
    same = reading(rows_of(*falls, ("change", "three", 0.0, -2.0, 2.0)))
    assert "2 of 3 say lower than at the baseline, but the same: three" in same
    still = reading(rows_of(("change", "one", 0.0, -1.0, 1.0), (RATIO, "two", 1.0, 0.9, 1.1)))
    assert "All 2 methods with an interval point the same way: the same as at the baseline." in still
    none = reading(rows_of(("change", "one", 1.0, -1.0, 3.0), (RATIO, "two", 1.1, 0.9, 1.3)))
    assert "higher than at the baseline. Every interval includes no change" in none
    assert "nothing to compare" in reading(rows_of(falls[0], ("change", "two", np.nan, np.nan, np.nan)))


def test_a_model_that_fails_says_why_and_the_others_stand(material, monkeypatch):
    def refuse(*_args: object, **_named: object) -> None:
        raise DataError("the rows cannot be used")

    monkeypatch.setattr(module, "ancova", refuse)
    found = table(same_change(material), "same-change").set_index("what")
    assert found.loc["Analysis of covariance", "about"] == "no result: the rows cannot be used"
    assert found["estimate"].notna().sum() == len(found) - 1


def test_at_the_days_needed_the_interval_ends_at_zero(material):
    blocks = missing_days(material)
    rows = table(blocks, "tipping")
    made, judged = material.imputed, 0
    for place, row in rows[rows["needed"].notna()].iterrows():
        gone = made.unrecorded[:, place]
        assert (row["n"], row["days"]) == (gone.sum(), 28 * gone.sum())
        assert row["assumed"] == pytest.approx(
            (made.completed[:, gone, place] + made.baseline[gone]).sum(axis=1).mean()
        )
        delta = (row["needed"] - row["assumed"]) / row["n"]
        moved = oc.tipping_point(made, visit=made.visits[place], deltas=[delta]).to_frame()
        at = moved.iloc[(moved["delta"] - delta).abs().argmin()]
        assert min(abs(at["lower"]), abs(at["upper"])) < AT_ZERO
        judged += 1
    assert judged >= 3
    last = rows.iloc[-1]
    assert f"{last['needed']:.0f} of the {last['days']}" in words(blocks)
    assert [block for block in blocks if isinstance(block, Drawing)]
    assert f"seed {SEED}" in words(blocks)


def test_periods_and_phases_are_on_the_scale_of_days(material):
    fit = oc.counts("days_with_event ~ period", material.periods).days_per_28("period").to_frame()
    shown = table(counted(material), "counts")
    assert shown["estimate"].iloc[: len(fit)].tolist() == fit["estimate"].tolist()
    blocks = day_by_day(material)
    phases = table(blocks, "daily")
    days = phases[phases["scale"] == "Headache days per 28 days"]
    assert days["what"].tolist() == ["before", "during", "after"]
    assert days["estimate"].between(0, 28).all()
    ratio = phases.set_index("what").loc["after / before", "estimate"]
    after, before = days["estimate"].iloc[2], days["estimate"].iloc[0]
    assert ratio == pytest.approx(after / before)
    assert f"{ratio:.2f} times" in words(blocks)


def test_dose_comes_with_its_warning_and_only_with_doses(material):
    blocks = dose(material)
    found = table(blocks, "dose-change")
    own = oc.dose_response(oc.periods(material.study), oc.courses(material.study)).to_frame().iloc[0]
    assert found["estimate"].iloc[0] == pytest.approx(own["estimate"])
    assert "not the effect of a higher dose" in words(blocks)
    study = material.study
    people = pd.DataFrame({"patient_id": ["a", "b"], "index_date": "2026-02-01"})
    diary = study.diary[["date", "headache"]].head(40).drop_duplicates("date")
    without = oc.Study(
        diary=diary.assign(patient_id="a", date=diary["date"].dt.strftime("%Y-%m-%d")), patients=people
    )
    assert dose(Material(without)) == []


def test_nothing_is_called_an_effect_of_the_treatment(material):
    said = words(same_change(material)).lower()
    assert "none is an effect of the treatment" in said
    assert "caused" not in said
    assert "because of" not in said


def test_the_sentence_about_the_dose_is_never_made_from_an_odds_ratio(material, monkeypatch):
    real = dose_module.dose_response

    def without_change(*given: object, outcome: str, **named: object) -> object:
        if outcome == "change":
            raise DataError("the rows cannot be used")
        return real(*given, outcome=outcome, **named)

    monkeypatch.setattr(dose_module, "dose_response", without_change)
    said = words(dose(material))
    assert "A slope along the dose could not be estimated." in said
    assert "higher dose had a" not in said
