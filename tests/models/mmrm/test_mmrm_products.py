"""Cross products: parts that add up to the fit of all rows, on sites, partitions and any order of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm import Products
from outcomes.models.mmrm.products_file import _hash

#: What issue and page promise of a federated fit.
EXACT = 1e-10
ASK: dict[str, Any] = {"subject": "patient", "visit": "visit"}
FORMULA = "change ~ site + baseline * visit + arm * visit"


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    return make_trial(90, missing=0.15)


def parts_of(trial: pd.DataFrame, seed: int, n: int) -> list[pd.DataFrame]:
    """Return the rows of random parts of the patients, in random order."""
    rng = np.random.default_rng(seed)
    patients = trial["patient"].unique()
    part = dict(zip(patients, rng.integers(0, n, len(patients)), strict=True))
    mixed = trial.sample(frac=1, random_state=seed)
    return [mixed[mixed["patient"].map(part) == i] for i in range(n)]


def same(ours: Any, pooled: Any) -> None:
    for name in ("params", "bse", "df", "pvalues"):
        np.testing.assert_allclose(getattr(ours, name), getattr(pooled, name), rtol=EXACT)
    assert ours.llf == pytest.approx(pooled.llf, rel=EXACT)
    assert (ours.nobs, ours.n_subjects, ours.rows) == (pooled.nobs, pooled.n_subjects, pooled.rows)
    np.testing.assert_allclose(ours.theta, pooled.theta, rtol=1e-7)


@pytest.mark.parametrize("covariance", ["us", "csh", "ar1", "toeph"])
@pytest.mark.parametrize("seed", range(3))
def test_random_parts_are_the_whole(trial: pd.DataFrame, seed: int, covariance: str) -> None:
    parts = [oc.mmrm.products(FORMULA, part, **ASK) for part in parts_of(trial, seed, 3)]
    pooled = oc.mmrm(FORMULA, trial, covariance=covariance, **ASK)
    together = sum(parts[1:], parts[0]).fit(covariance=covariance)
    same(together, pooled)
    same((parts[2] + (parts[1] + parts[0])).fit(covariance=covariance), pooled)
    for weights in ("equal", "proportional"):
        ask: dict[str, Any] = {"by": "visit", "weights": weights}
        for ours, theirs in (
            (together.emmeans("arm", **ask), pooled.emmeans("arm", **ask)),
            (together.contrasts("site", adjust="mvt", **ask), pooled.contrasts("site", adjust="mvt", **ask)),
            (together.emtrends("baseline", "visit"), pooled.emtrends("baseline", "visit")),
        ):
            for column in ("estimate", "std_error", "df", "lower"):
                np.testing.assert_allclose(ours[column], theirs[column], rtol=EXACT, atol=1e-12)
    for kind in ("II", "III"):
        np.testing.assert_allclose(
            together.anova(kind)["statistic"], pooled.anova(kind)["statistic"], rtol=1e-9
        )


@pytest.mark.parametrize(
    "options",
    [{"weights": "w"}, {"group": "arm"}, {"weights": "w", "group": "arm"}],
)
def test_weights_groups_and_maximum_likelihood(trial: pd.DataFrame, options: dict[str, str]) -> None:
    parts = [oc.mmrm.products(FORMULA, part, **ASK, **options) for part in parts_of(trial, 5, 3)]
    for method in ("reml", "ml"):
        pooled = oc.mmrm(FORMULA, trial, method=method, covariance="csh", **ASK, **options)
        same(sum(parts).fit(method=method, covariance="csh"), pooled)


def test_a_site_without_an_arm_or_a_visit_adds_what_it_has(trial: pd.DataFrame) -> None:
    one = trial["site"] == "A"
    lacking = trial[one & (trial["arm"] == "placebo") & (trial["visit"] != "month4")]
    others = trial[~one]
    formula = "change ~ baseline * visit + arm * visit"
    parts = [oc.mmrm.products(formula, part, **ASK) for part in (lacking, others)]
    pooled = oc.mmrm(formula, pd.concat([lacking, others]), **ASK)
    same(sum(parts).fit(), pooled)


def test_no_row_is_in_the_sums_and_rows_are_refused(trial: pd.DataFrame) -> None:
    fit = sum(oc.mmrm.products(FORMULA, part, **ASK) for part in parts_of(trial, 1, 2)).fit()
    for call in (fit.resid, lambda: fit.fittedvalues, fit.design_matrix):
        with pytest.raises(ArgumentError, match="rows of the data are needed"):
            call()
    with pytest.raises(ArgumentError, match="needs the patients' rows"):
        fit.emmeans("arm", weights="counterfactual")
    with pytest.raises(ArgumentError, match="need the rows of the data"):
        sum([oc.mmrm.products(FORMULA, trial, **ASK)]).fit(df="between-within")
    assert "fitted to cross products" in fit.notes
    new = trial.head(8).assign(change=np.nan)
    pooled = oc.mmrm(FORMULA, trial, **ASK)
    np.testing.assert_allclose(fit.predict(new)["estimate"], pooled.predict(new)["estimate"], rtol=1e-9)


def test_patterns_of_few_patients_are_withheld_and_counted(trial: pd.DataFrame) -> None:
    whole = oc.mmrm.products("change ~ baseline * visit + arm * visit", trial, **ASK)
    assert min(whole.counts.values()) < 5
    kept = whole.protect()
    assert min(kept.counts.values()) >= 5
    fit = kept.fit()
    seen = trial.dropna(subset=["change"])
    pattern = seen.groupby("patient")["visit"].transform(lambda visits: "".join(sorted(visits)))
    by_cell = seen.assign(pattern=pattern).groupby(["pattern", "visit", "arm"], observed=True)["patient"]
    few = by_cell.nunique().groupby("pattern").min()
    left = seen[pattern.map(few) >= 5]
    by_hand = oc.mmrm("change ~ baseline * visit + arm * visit", left, **ASK)
    np.testing.assert_allclose(fit.params, by_hand.params, rtol=1e-9)
    assert fit.llf == pytest.approx(by_hand.llf, rel=EXACT)
    means, by_hand_means = (one.emmeans("arm", weights="proportional") for one in (fit, by_hand))
    np.testing.assert_allclose(means["estimate"], by_hand_means["estimate"], rtol=1e-9)
    assert fit.n_subjects == by_hand.n_subjects
    assert fit.rows["pattern withheld"] == len(seen) - by_hand.nobs


def test_three_sites_send_files_of_sums_and_fit_what_all_rows_would_give(tmp_path) -> None:
    trial = make_trial(240, missing=0.0)
    formula = "change ~ baseline * visit + arm * visit"
    for site, rows in trial.groupby("site", observed=True):
        oc.mmrm.products(formula, rows, **ASK).write(tmp_path / f"{site}.json")
    sent = [Products.read(tmp_path / f"{site}.json") for site in "ABC"]
    same(sum(sent).fit(), oc.mmrm(formula, trial, **ASK))


def test_nothing_of_few_patients_leaves_a_site(tmp_path) -> None:
    """One patient alone with an arm, and with the largest value: neither is in the file, in any sum."""
    trial = make_trial(60, missing=0.0)
    nine, alone = trial["patient"] < "P009", trial["patient"] == "P000"
    trial["arm"] = pd.Categorical(trial["arm"].astype("str").mask(alone, "third"))
    trial["change"] = trial["change"].mask(alone, 777.25)
    trial = trial[~(nine & (trial["visit"] == "month1"))]  # nine patients have a pattern of their own
    file = oc.mmrm.products("change ~ arm * visit", trial, **ASK).write(tmp_path / "sums.json")
    sent = Products.read(file)
    assert min(n for facts in sent.facts.values() for n in facts.cells.values()) >= 5
    assert sent.n_subjects == trial["patient"].nunique() - 9
    assert sent.largest_response < 777.25
    assert not any("777.25" in part for part in file.read_text().split(","))
    with pytest.raises(ArgumentError, match="nothing may leave the site"):
        oc.mmrm.products("change ~ arm * visit", trial[trial["patient"] < "P003"], **ASK).protect()
    with pytest.raises(ArgumentError, match="fewest"):
        sent.protect(1)
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(DataError, match=r"other\.json: this is not a file of cross products"):
        Products.read(tmp_path / "other.json")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda t: oc.mmrm.products("change ~ visit", t, **ASK), "another formula"),
        (lambda t: oc.mmrm.products(FORMULA, t, weights="w", **ASK), "another column for weights"),
        (
            lambda t: oc.mmrm.products(
                FORMULA, t[t["site"] != "C"].assign(site=t["site"].astype(str)), **ASK
            ),
            "other levels of site",
        ),
        (lambda t: 3, "wrong type"),
        (
            lambda t: oc.mmrm.products(FORMULA, t.assign(baseline=t["baseline"].astype("str")), **ASK),
            "numeric in one part and not in another",
        ),
    ],
)
def test_what_does_not_add_up(trial: pd.DataFrame, other: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as found:
        oc.mmrm.products(FORMULA, trial, **ASK) + other(trial)
    assert message in str(found.value)


@pytest.mark.parametrize("formula", ["change ~ np.log(baseline)", "change ~ arm:visit", "change ~ C(site)"])
def test_columns_that_depend_on_the_whole_are_refused(trial: pd.DataFrame, formula: str) -> None:
    with pytest.raises(ArgumentError, match="cross products need a formula of columns"):
        oc.mmrm.products(formula, trial, **ASK)


def test_a_part_without_a_complete_row_adds_nothing_but_its_counts(trial: pd.DataFrame) -> None:
    none = trial.head(4).assign(patient="nobody", change=np.nan)
    whole = oc.mmrm.products(FORMULA, trial, **ASK)
    empty, without = (oc.mmrm.products(FORMULA, part, **ASK) for part in (trial.head(0), none))
    together = without + whole + empty
    same(together.fit(), oc.mmrm(FORMULA, pd.concat([trial, none]), **ASK))
    for call in (empty.fit, without.fit):
        with pytest.raises(DataError, match="no row that is complete"):
            call()


@pytest.mark.parametrize(
    ("formula", "change"),
    [
        ("change ~ visit + alone", lambda t, one: t.assign(alone=one.astype(float))),
        ("change ~ visit", lambda t, one: t.assign(change=t["change"].where(one, 0.0))),
        ("change ~ visit + baseline", lambda t, one: t.assign(baseline=t["baseline"].mask(one, 1e6))),
        ("change ~ arm", lambda t, one: t.assign(arm=t["arm"].astype("str").mask(one, "third"))),
        ("change ~ visit + baseline", lambda t, one: t.assign(w=np.where(one, 1e6, 1.0))),
        (
            "change ~ baseline + again + visit",
            lambda t, one: t.assign(again=2 * t["baseline"] + 3 * one),
        ),
        (
            "change ~ visit + arm * dose",
            lambda t, one: t.assign(dose=t["baseline"].where((t["arm"] != t["arm"][one].iloc[0]) | one, 3.0)),
        ),
        (
            "change ~ visit + even * odd",
            lambda t, one: t.assign(
                even=t["baseline"].where(t["patient"].str[-1].isin(list("02468")), 0.0),
                odd=t["baseline"].where(t["patient"].str[-1].isin(list("13579")) | one, 0.0),
            ),
        ),
    ],
    ids=[
        "a column of 0 and 1",
        "the only response that is not 0",
        "far out",
        "an arm without visit",
        "a weight",
        "a line but for one",
        "the only dose of an arm",
        "a product of one",
    ],
)
def test_a_number_or_level_of_one_patient_leaves_no_site(trial, formula, change) -> None:
    six = make_trial(60, visits=6, missing=0.0)
    changed = change(six, six["patient"] == "P000")
    sums = oc.mmrm.products(formula, changed, **ASK, weights="w" if changed["w"].max() > 1e5 else None)
    with pytest.raises(ArgumentError, match="nothing may leave the site"):
        sums.protect()


def test_a_part_is_not_added_twice(trial: pd.DataFrame, tmp_path) -> None:
    one = oc.mmrm.products("change ~ visit", trial, **ASK)
    one.write(tmp_path / "one.json")
    other = oc.mmrm.products("change ~ visit", make_trial(50, missing=0.0, seed=8), **ASK)
    for again in (one, one.protect(), Products.read(tmp_path / "one.json")):
        with pytest.raises(ArgumentError, match="the same sums are added twice"):
            one + other + again


def _break(told: dict[str, Any], how: str) -> None:
    first = told["patterns"][0]
    if how == "nan":
        first["sums"][0][0] = float("nan")
    elif how == "count":
        first["subjects"] += 1
    elif how == "square":
        first["sums"][0][-1] = -1.0
    elif how == "visit":
        first["visits"] = [*first["visits"], True]
    elif how == "cell":
        first["cells"][0][0] = [99]
    elif how == "received":
        told["received"] = 1
    elif how == "formula":
        told["formula"] = "change ~ 1"
    elif how == "facts":
        first["log_weights"] = float("nan")
    elif how == "kind":
        told["kind"] = told["kind"].replace("2", "1")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("nan", "no numbers"),
        ("count", "do not add up"),
        ("square", "below zero"),
        ("visit", "that do not exist"),
        ("cell", "levels that do not exist"),
        ("received", "those received"),
        ("formula", "other columns than those of the formula"),
        ("facts", "facts that are no numbers"),
        ("kind", "needs the version of this machine"),
        ("other", "other content than was written"),
        ("cut", "something else"),
    ],
)
def test_a_file_that_was_changed_is_named(trial: pd.DataFrame, tmp_path, how: str, words: str) -> None:
    file = oc.mmrm.products("change ~ visit", trial, **ASK).write(tmp_path / "site.json")
    told = json.loads(file.read_text())
    _break(told, how)
    if how == "other":
        told["patterns"][0]["sums"][0][0] += 1.0
    elif how != "kind":  # whoever changes it writes a hash that fits
        told.pop("sha256")
        told["sha256"] = _hash(told)
    text = json.dumps(told)
    file.write_text(text[:-5] if how == "cut" else text)
    with pytest.raises(DataError, match=r"site\.json: this is not a file of cross products") as found:
        Products.read(file)
    assert words in str(found.value)


def test_mmrm_stays_a_function() -> None:
    import inspect

    assert inspect.isfunction(oc.mmrm)
    assert "formula" in inspect.signature(oc.mmrm).parameters


def test_ordinary_numbers_are_sent(trial: pd.DataFrame) -> None:
    """Whole numbers, a baseline that is a row, weights and crossed covariates set nobody apart."""
    rng = np.random.default_rng(1)
    formula = "change ~ baseline * visit + arm * baseline + age"
    for seed in range(5):
        rows = make_trial(120, missing=0.0, seed=seed).drop(columns="w")
        subject = rows["patient"].factorize()[0]
        whole = {name: rows[name].round() for name in ("baseline", "change")}
        rows = rows.assign(**whole, age=rng.integers(20, 70, subject.max() + 1)[subject])
        rows = rows.assign(w=rng.uniform(0.5, 2, len(rows)))
        rows["change"] = rows["change"].where(rows["visit"] != "month1", rows["baseline"])
        sums = oc.mmrm.products(formula, rows, **ASK, weights="w")
        assert sums.protect().n_subjects == sums.n_subjects


def test_numbers_far_from_zero_lose_no_digit_without_a_word(trial: pd.DataFrame) -> None:
    """Sums of squares of 1e7 with a spread of 1 hold one digit of the spread's; rows hold them all."""
    for name, formula in (("change", "change ~ visit"), ("baseline", "change ~ baseline * visit")):
        with pytest.raises(DataError, match="lies too far from zero for its spread"):
            oc.mmrm.products(formula, trial.assign(**{name: trial[name] + 1e7}), **ASK)
        far = trial.assign(**{name: trial[name] + 5e4})
        fit = sum(oc.mmrm.products(formula, part, **ASK) for part in parts_of(far, 1, 2)).fit()
        assert any("lies far from zero for its spread: about" in note for note in fit.notes)
        pooled = oc.mmrm(formula, far, **ASK)
        np.testing.assert_allclose(fit.bse[1:], pooled.bse[1:], rtol=1e-4)
    same = oc.mmrm.products("change ~ visit", trial.assign(change=trial["change"] + 20), **ASK).fit()
    assert not any("far from zero" in note for note in same.notes)


@pytest.mark.parametrize("option", ["vcov", "weights", "covariances"])
def test_a_fit_of_sums_names_an_option_that_it_has_not(trial: pd.DataFrame, option: str) -> None:
    with pytest.raises(ArgumentError, match=f"a fit of sums has no such option. got: {option}"):
        oc.mmrm.products("change ~ visit", trial, **ASK).fit(**{option: "empirical"})
