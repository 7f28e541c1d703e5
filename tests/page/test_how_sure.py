"""How sure: other models beside the change, missing days, every day, dose; each number is its model's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import outcomes as oc
from outcomes.errors import DataError
from outcomes.page.blocks import TableBlock, Words
from outcomes.page.material import IMPUTATIONS, SEED, Material
from outcomes.page.sections import same_change as module
from outcomes.page.sections.day_by_day import day_by_day
from outcomes.page.sections.dose import dose
from outcomes.page.sections.how_sure import _before_treatment, how_sure
from outcomes.page.sections.missing_days import missing_days
from outcomes.page.sections.same_change import RATIO, reading, same_change
from outcomes.page.view import Clinic
from outcomes.simulate import scenario_parameters
from outcomes.tables.numbers import signed, true_minus

#: The root search of the tipping point stops within a millionth of a day; a limit moves no more than that.
AT_ZERO = 1e-5


def table(blocks, name: str) -> pd.DataFrame:
    return next(b.table.frame for b in blocks if isinstance(b, TableBlock) and b.table.name == name)


def words(blocks) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Words))


def rows_of(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["scale", "what", "estimate", "lower", "upper"])


def test_the_section_has_each_part_once(material):
    blocks = how_sure(Clinic(material)).blocks
    names = [block.table.name for block in blocks if isinstance(block, TableBlock)]
    assert names == ["same-change", "strategies", "tipping"]
    # no entry rule is declared and no second month is recorded: no number, and what to declare
    assert any("declare rules.entry_days" in getattr(block, "text", "") for block in blocks)
    assert how_sure(Clinic(material)).finding == same_change(material)[0]


def test_every_row_is_the_models_own_number(material):
    found = table(same_change(material)[1], "same-change").set_index("what")
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
    assert "lower than at baseline. Every interval lies wholly on one side" in said
    unsure = reading(rows_of(*falls, ("change", "three", -1.0, -3.0, 1.0)))
    assert "differ in certainty: 2 of 3" in unsure
    assert unsure.endswith("that of: three.")
    rises = reading(rows_of(*falls, (RATIO, "three", 1.1, 0.9, 1.3)))
    assert "2 of 3 say lower than at baseline, but higher: three" in rises
    same = reading(rows_of(*falls, ("change", "three", 0.0, -2.0, 2.0)))
    assert "2 of 3 say lower than at baseline, but the same: three" in same
    still = reading(rows_of(("change", "one", 0.0, -1.0, 1.0), (RATIO, "two", 1.0, 0.9, 1.1)))
    assert "All 2 methods with an interval point the same way: the same as at baseline." in still
    none = reading(rows_of(("change", "one", 1.0, -1.0, 3.0), (RATIO, "two", 1.1, 0.9, 1.3)))
    assert "higher than at baseline. Every interval includes no change" in none
    assert "nothing to compare" in reading(rows_of(falls[0], ("change", "two", np.nan, np.nan, np.nan)))


def test_a_model_that_fails_says_why_and_the_others_stand(material, monkeypatch):
    def refuse(*_args: object, **_named: object) -> None:
        raise DataError("the rows cannot be used")

    monkeypatch.setattr(module, "ancova", refuse)
    found = table(same_change(material)[1], "same-change").set_index("what")
    assert found.loc["Analysis of covariance", "about"] == "no result: the rows cannot be used"
    assert found["estimate"].notna().sum() == len(found) - 1


def test_at_the_days_needed_the_interval_ends_at_zero(material):
    blocks = missing_days(material)
    rows = table(blocks, "tipping")
    made, judged = material.imputed_by["mar"], 0
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


def test_day_by_day_is_the_ratio_of_the_phases(material):
    days = material.days[material.days["course"] == 1]
    rows = oc.daily("headache ~ phase", days).ratios("phase", reference="before").to_frame()
    ratio = rows.set_index("contrast").loc["after / before", "estimate"]
    assert f"{ratio:.2f} times as many headache days" in words(day_by_day(material))


def test_dose_comes_with_its_warning_and_only_with_doses(material):
    said = words(dose(material))
    rows = oc.dose_response(oc.periods(material.study), oc.courses(material.study)).to_frame()
    own = rows[rows["term"] == "per mg/kg"].iloc[0]
    assert f"({signed(own['estimate'], 2)} headache days per 28 days for each mg/kg" in said
    assert "not the effect of a higher dose" in said
    study = material.study
    people = pd.DataFrame({"patient_id": ["a", "b"], "index_date": "2026-02-01"})
    diary = study.diary[["date", "headache"]].head(40).drop_duplicates("date")
    without = oc.Study(
        diary=diary.assign(patient_id="a", date=diary["date"].dt.strftime("%Y-%m-%d")), patients=people
    )
    assert dose(Material(without)) == []


def test_nothing_is_called_an_effect_of_the_treatment(material):
    said = words(same_change(material)[1]).lower()
    assert "none is an effect of the treatment" in said
    assert "caused" not in said
    assert "because of" not in said


def test_the_negative_control_stands_in_one_sentence_where_the_earlier_month_is_recorded(material):
    assert _before_treatment(material) == []  # the example's diaries begin 28 days before
    law = scenario_parameters("untreated", earlier_days=28)
    study = oc.simulate(8, seed=1, months=1, parameters=law).study
    assert _before_treatment(Material(study)) == [Words(true_minus(oc.negative_control(study).meta["text"]))]
