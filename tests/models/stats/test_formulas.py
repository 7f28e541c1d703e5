"""A response is used as it is written or refused by name; a formula calls only what is listed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm import mmrm
from outcomes.models.stats.formula_calls import CODINGS, NUMERIC
from outcomes.models.stats.formulas import read_formula
from shared import shared

#: Printed with four digits in shared/cases/README.md: half of the last one.
PRINTED = 5e-5
RTOL = 1e-12


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 60
    return pd.DataFrame(
        {
            "patient": np.repeat(np.arange(20), 3),
            "visit": np.tile(["v1", "v2", "v3"], 20),
            "arm": np.repeat(["a", "b"], 30),
            "y": rng.uniform(5, 20, n),
            "b": np.repeat(rng.uniform(8, 16, 20), 3),
            "days lost": rng.uniform(0, 9, n),
            "hit.6": rng.uniform(40, 70, n),
        }
    )


WRITTEN = {
    "y - b": lambda d: d["y"] - d["b"],
    "{y - b}": lambda d: d["y"] - d["b"],
    "I(y - b)": lambda d: d["y"] - d["b"],
    "y^2": lambda d: d["y"] ** 2,
    "y**2 / b": lambda d: d["y"] ** 2 / d["b"],
    "y + b": lambda d: d["y"] + d["b"],
    "-y": lambda d: -d["y"],
    "2 * (y - b) / b": lambda d: 2 * (d["y"] - d["b"]) / d["b"],
    "100*(y - b)/b": lambda d: 100 * (d["y"] - d["b"]) / d["b"],
    "log(y)": lambda d: np.log(d["y"]),
    "np.log(y) - np.log(b)": lambda d: np.log(d["y"]) - np.log(d["b"]),
    "sqrt(y) + 1": lambda d: np.sqrt(d["y"]) + 1,
    "`days lost` - y": lambda d: d["days lost"] - d["y"],
    "Q('days lost')": lambda d: d["days lost"],
    "hit.6 - y": lambda d: d["hit.6"] - d["y"],
    "np.maximum(y, b)": lambda d: np.maximum(d["y"], d["b"]),
    "(y)": lambda d: d["y"],
}


@pytest.mark.parametrize("response", WRITTEN)
def test_a_response_is_fitted_as_it_is_written(frame: pd.DataFrame, response: str) -> None:
    ask = {"subject": "patient", "visit": "visit", "covariance": "cs"}
    made = frame.assign(response=WRITTEN[response](frame))
    ours, expected = (
        mmrm(f"{response} ~ arm * visit", frame, **ask),
        mmrm("response ~ arm * visit", made, **ask),
    )
    np.testing.assert_allclose(ours.params, expected.params, rtol=RTOL)
    np.testing.assert_allclose(ours.bse, expected.bse, rtol=RTOL)


@pytest.mark.reference
@pytest.mark.parametrize("response", ["FEV1 - FEV1_BL", "{FEV1 - FEV1_BL}", "I(FEV1 - FEV1_BL)"])
def test_a_difference_of_columns_is_no_longer_its_first_column(response: str) -> None:
    data = pd.read_csv(shared("data", "fev_data.csv"))
    fit = oc.mmrm(f"{response} ~ ARMCD", data, subject="USUBJID", visit="AVISIT")
    assert fit.params.to_list() == pytest.approx([-0.2012, 4.3196], abs=PRINTED)


@pytest.mark.parametrize(
    "response",
    ["y:b", "y | b", "1", "y % 2", "y == 2", "y and b", "np.log(y, b)", "np.log(y, out=b)", "[y]", "y[0]",
     "y if b else y", "cbind(y, b)", "np.load(y)", "y.upper()", "__import__('os').getcwd()", "lambda: y",
     "exec('1')", ""],
)  # fmt: skip
def test_other_responses_are_refused(frame: pd.DataFrame, response: str) -> None:
    with pytest.raises(ArgumentError):
        mmrm(f"{response} ~ arm", frame, subject="patient", visit="visit")


def test_a_response_that_gives_no_number_is_an_error_not_a_lost_row(frame: pd.DataFrame) -> None:
    negative = frame.assign(y=frame["y"].where(frame.index != 7, -1.0))
    with pytest.raises(DataError, match="in 1 rows"):
        mmrm("log(y) ~ arm", negative, subject="patient", visit="visit")
    missing = frame.assign(y=frame["y"].where(frame.index != 7))
    assert mmrm("log(y) ~ arm", missing, subject="patient", visit="visit").rows["response missing"] == 1


@pytest.mark.parametrize(
    "response",
    ["days_with_event - base", "{days_with_event - base}", "days_with_event^2", "log(days_with_event)"],
)
def test_counts_and_days_refuse_an_expression_by_name(response: str) -> None:
    rows = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(8), 2),
            "period": ["before", "after"] * 8,
            "days_with_event": np.arange(16) % 9,
            "days_recorded": 28,
            "base": 3,
            "day": np.arange(16),
        }
    )
    with pytest.raises(ArgumentError, match="one column, not an expression") as counts:
        oc.counts(f"{response} ~ period", rows)
    assert response in str(counts.value)
    with pytest.raises(ArgumentError, match="one column, not an expression"):
        oc.daily(f"{response} ~ period", rows)


@pytest.mark.parametrize(
    ("formula", "hint"),
    [
        ("y ~ arm + us(visit | patient)", "covariance='us', visit='visit', subject='patient'"),
        ("y ~ arm + UN(visit | patient)", "covariance='us', visit='visit', subject='patient'"),
        ("y ~ ar1h(v | g / p)", "covariance='ar1h', visit='v', subject='p', group='g'"),
        ("y ~ arm + (1 | patient)", "covariance=, subject= and visit="),
        ("y ~ factor(arm)", "C(x)"),
        ("y ~ as.factor(arm)", "C(x)"),
        ("y ~ I(b^2)", "'I(b**2)'"),
        ("y ~ offset(log(b))", "subtract the known part"),
        ("y ~ ns(b, 3)", "cr(x, df=4)"),
        ("y ~ sqrt(b)", "np.sqrt"),
        ("y ~ np.lgo(b)", "did you mean 'np.log'"),
        ("y ~ b.upper()", "may not call"),
        ("y ~ np.linalg.norm(b)", "may not call"),
        ("y ~ I(__import__('os').system('true'))", "may not call"),
        ("y ~ I((lambda q: q)(b))", "may not call"),
        ("y ~ I([q for q in b])", "columns, numbers and listed functions only"),
        ("y ~ I(b.values)", "columns, numbers and listed functions only"),
        ("y ~ I(f'{b}')", "columns, numbers and listed functions only"),
    ],
)  # fmt: skip
def test_habits_of_r_and_sas_and_calls_get_the_right_hint(formula: str, hint: str) -> None:
    with pytest.raises(ArgumentError) as found:
        read_formula(formula)
    assert hint in str(found.value)


def test_no_listed_function_reads_or_writes_anything() -> None:
    """Numeric functions are NumPy's element by element; codings are formulaic's own."""
    from formulaic.transforms import TRANSFORMS

    assert all(
        isinstance(function, np.ufunc) or function in (np.clip, np.round) for function in NUMERIC.values()
    )
    assert set(CODINGS) <= set(TRANSFORMS)


@pytest.mark.parametrize(
    ("options", "ours"),
    [
        ({"covariance": "UN"}, "covariance='us'"),
        ({"covariance": "arh(1)"}, "covariance='ar1h'"),
        ({"covariance": "AR(1)"}, "covariance='ar1'"),
        ({"covariance": "ANTE(1)"}, "covariance='adh'"),
        ({"covariance": "CSH"}, "covariance='csh'"),
        ({"df": "kr"}, "df='kenward-roger-linear'"),
        ({"df": "Satterth"}, "df='satterthwaite'"),
        ({"df": "Between-Within"}, "df='between-within'"),
        ({"fallback": ["UN"]}, "fallback='us'"),
    ],
)
def test_names_of_sas_and_r_are_answered_with_ours(
    frame: pd.DataFrame, options: dict[str, str], ours: str
) -> None:
    with pytest.raises(ArgumentError) as found:
        mmrm("y ~ arm", frame, subject="patient", visit="visit", **options)
    assert ours in str(found.value)


COLUMNS = [f"c{i}" for i in range(26)]


@pytest.mark.parametrize(
    "term",
    [
        "I(b * 9**9**9)", "I(b + (2**65))", "I(b * (1 << 10**9))", "I('a' * 10**9)",
        "I([0] * 10**9)", "b + I(9**(3**9) * b)", "I(b + I(9)**(10**9))", "I(b + (((9**64)**64)**64)**64)",
        "I(I([0]) * 10**9)", "I((0 or [0]) * 10**9)", "I((b is None or 9) ** (b is None or 10**9))",
        "I(C(9)**C(10**9) + b)", "I(((3>2)*9)**((3>2)*10**9) + b)", "I(b + np.power(2**64, 2**64))",
        "bs(b, **{'df': 10**9})", "C(arm, levels=['a', 'b'] * 10**8)", "I(b + 1/0)", "np.round(b, 10**9)",
        "I(b * 1j)", "I(b * ...)", f"I(b * {'9' * 400})", "I(b" + " + b" * 2000 + ")",
    ],
    ids=lambda term: term[:40],
)  # fmt: skip
def test_arithmetic_that_could_take_all_memory_is_refused_before_it_is_done(term: str) -> None:
    with pytest.raises(ArgumentError, match=r"columns, numbers and listed functions only|cannot be read"):
        read_formula(f"y ~ {term}")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("bs(b, df=10**9)", "makes a few columns of one"),
        ("bs(b, 10**9)", "makes a few columns of one"),
        ("bs(b, df=5, degree=1000000)", "makes a few columns of one"),
        ("bs(b, df=I(10**9))", "makes a few columns of one"),
        ("bs(b, df=2.5)", "makes a few columns of one"),
        ("bs(b, df=[4])", "makes a few columns of one"),
        ("bs(b, knots=y)", "makes a few columns of one"),
        (f"bs(b, knots={list(range(99))})", "makes a few columns of one"),
        ("cr(b, df=10**7)", "makes a few columns of one"),
        ("poly(b, 10**6)", "makes a few columns of one"),
        ("poly(b, degree=-5)", "makes a few columns of one"),
        ("*".join(COLUMNS), "too many terms"),
        (f"({'+'.join(COLUMNS)})**20", "too many terms"),
        ("b**1000000000", "too many terms"),
        ("(b + y):(b + arm)" + "*(b + y)" * 8, "too many terms"),
        ("b + " * 5000 + "b", "too long"),
        ("(" * 5000 + "b" + ")" * 5000, "too long"),
        ("I(" + "-" * 9000 + "b)", "cannot be read"),
    ],
    ids=lambda text: text[:40],
)
def test_a_formula_that_asks_for_more_than_a_machine_holds_is_refused_before_it_is_made(
    terms: str, said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        read_formula(f"y ~ {terms}")


@pytest.mark.parametrize("terms", ["C(y):C(patient):C(b)", "arm * bs(y, df=40) * bs(b, df=40) * cr(y, df=9)"])
def test_columns_that_no_memory_holds_are_refused_before_they_are_made(
    frame: pd.DataFrame, terms: str
) -> None:
    with pytest.raises(ArgumentError, match="more columns than can be estimated"):
        mmrm(f"y ~ {terms}", frame, subject="patient", visit="visit")


@pytest.mark.parametrize("response", ["y + 9**9**9", "y + np.power(9, 9**99)", f"y * {'9' * 400}"])
def test_a_response_with_numbers_that_no_machine_holds_is_refused(frame: pd.DataFrame, response: str) -> None:
    with pytest.raises(ArgumentError):
        mmrm(f"{response} ~ arm", frame, subject="patient", visit="visit")


@pytest.mark.parametrize(
    "terms",
    [
        "center(b) + scale(b) + poly(b, 2) + bs(b, df=4) + cr(b, df=3) + C(arm, Treatment('b'))",
        "I(b > 10) + I(arm == 'a') + np.log(b) + I(b / 10**3) + np.clip(b, 0, 10) + np.round(b, 1)",
        "C(arm, contr.treatment('b')) + C(visit, contr.poly) + I(b**2 * np.log(2)) + Q('days lost')",
        "bs(b, knots=(9.5, 12), degree=2) + bs(`days lost`, knots=[4, 5], lower_bound=-1, upper_bound=10)",
        "(arm + visit + b)**3 + C(visit, levels=['v1', 'v2', 'v3']) + I(1e300 * b * 1e-300) + b**2",
    ],
)
def test_what_a_formula_may_compute_is_still_computed(frame: pd.DataFrame, terms: str) -> None:
    fit = mmrm(f"y ~ {terms}", frame, subject="patient", visit="visit", covariance="cs")
    assert np.isfinite(fit.params).all()
