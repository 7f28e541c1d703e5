"""The one glossary of column names for all tidy output."""

from __future__ import annotations

__all__ = ["COLUMNS"]

#: Column name -> meaning. A result uses these words and no others for these things.
COLUMNS: dict[str, str] = {
    "term": "name of the coefficient, group of events or quantity that the row is about",
    "contrast": "the two levels compared, as 'A - B'",
    "estimate": "the estimate, in the unit that the result's title names",
    "std_error": "standard error of the estimate",
    "df": "degrees of freedom; infinite for a normal reference distribution",
    "num_df": "numerator degrees of freedom of a joint test",
    "statistic": "test statistic (t, z, F or chi-squared, as the method says)",
    "p_value": "two-sided P value",
    "lower": "lower limit of the interval, in the unit of the estimate or percent it belongs to",
    "upper": "upper limit of the interval, in the same unit",
    "lower_cluster": "lower limit of the interval that allows for a patient's sessions being alike",
    "upper_cluster": "upper limit of the interval that allows for a patient's sessions being alike",
    "n": "number with the property: patients, sessions or observations that the estimate counts",
    "N": "number at risk or analysed: the denominator",
    "percent": "100 n / N",
    "n_reference": "n of the reference arm",
    "N_reference": "N of the reference arm",
    "events_reference": "events of the reference arm",
    "exposure_reference": "exposure of the reference arm",
    "events": "number of events, counting every event of a patient",
    "exposure": "time or sessions at risk, in the unit that the result names",
    "rate": "events divided by exposure, per the unit that the result names",
    "mean": "arithmetic mean",
    "sd": "standard deviation with N - 1",
    "median": "median",
    "p_adjusted": "P value adjusted for the number of comparisons, as the method says",
    "baseline_mean": "mean of the baseline values of the n patients",
    "value_mean": "mean of the period's values of the n patients",
    "lower_bound": "mean if every unrecorded day had been free of the event",
    "upper_bound": "mean if every unrecorded day had had the event",
    "lower_exact": "lower limit of the exact (Clopper-Pearson) interval",
    "upper_exact": "upper limit of the exact (Clopper-Pearson) interval",
    "missing": "how patients without a value are counted",
    "status": "'ok', or why there is no number",
    "days_recorded": "diary days with an entry in the period",
    "days_possible": "calendar days of the period that could have had an entry",
}
