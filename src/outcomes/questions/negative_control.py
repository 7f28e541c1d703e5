"""The same pipeline before any treatment: it must find no more than chance alone."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from outcomes.derive.days import days
from outcomes.derive.periods import periods
from outcomes.derive.tally import DAY_ENDPOINTS
from outcomes.errors import ArgumentError
from outcomes.models.headache.before_treatment import FALL, NOTHING, OPEN, RISE, before_treatment
from outcomes.models.headache.chance.net_change import CHANCE, NET, RAW
from outcomes.models.headache.chance.span import Span
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates
from outcomes.schema.study_data import StudyData, check_study

__all__ = ["negative_control"]


def negative_control(study: StudyData, *, level: float = 0.95) -> Estimates:
    """Run the pipeline as if treatment had begun a month earlier: it must show no more than chance alone.

    Parameters
    ----------
    study : Study
        A checked study.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        Rows ``raw`` (mean change from the month before the baseline to the baseline), ``chance alone`` (what
        it would be because patients came at their worst) and ``net``, in days per month: estimate, std_error,
        df, lower, upper, p_value, n (with both), N (with an eligible baseline), found (``chance alone``,
        ``fall``, ``rise``, or ``no number``), status. The first note is the sentence, also in
        ``meta["text"]``.

    Raises
    ------
    ArgumentError
        For something that is not a study, or an endpoint that does not count days.

    Notes
    -----
    Start is moved back by one month: the month before the baseline takes the baseline's place, and the
    baseline that of days 1-28. Nothing was given in between, so a change beyond chance comes from something
    else (another preventive, a change in how the diary is kept, the season), which the change after
    treatment then includes too.

    Patients are selected by the later of the two, so chance alone lets the days *rise* towards it by as much
    as it lets them fall afterwards: the law of `outcomes.regression_to_mean` for one window with the declared
    entry rule, which has not seen the earlier month. A declared rule is ``rules.entry_days``; without it
    there is no net change, and only a fall of the raw change tells of something [1]_.

    References
    ----------
    .. [1] Lipsitch M, Tchetgen Tchetgen E, Cohen T. Negative controls: a tool for detecting confounding and
       bias in observational studies. Epidemiology 2010;21:383-388.
       https://doi.org/10.1097/EDE.0b013e3181d61eeb

    Examples
    --------
    >>> import outcomes as oc
    >>> from outcomes.simulate import scenario_parameters
    >>> law = scenario_parameters("null", earlier_days=28)  # patients come at their worst, no drug
    >>> study = oc.simulate(40, seed=1, months=1, parameters=law).study
    >>> negative_control(study).to_frame()[["term", "n", "N", "found"]].values.tolist()[-1]
    ['net', 34, 37, 'chance alone']
    """
    check_study(study)
    check_level(level)
    rules = study.rules
    if rules.endpoint not in DAY_ENDPOINTS:
        allowed = ", ".join(DAY_ENDPOINTS)
        raise ArgumentError("the endpoint does not count days", got=rules.endpoint, allowed=allowed)
    span = Span(rules.month_days, rules.baseline_days, rules.min_baseline_days)
    rows = periods(study)
    found = before_treatment(
        rows[(rows["period_number"] == 1) & rows["baseline_eligible"]],
        days(study),
        entry=rules.entry_days,
        event=DAY_ENDPOINTS[rules.endpoint],
        span=span,
        level=level,
    )
    words = {
        "unit": f"{rules.endpoint.replace('_', ' ')} per {span.month} days",
        "level": f"{100 * level:g}%",
    }
    text = _sentence(found.frame.set_index("term"), words, span)
    meta = {"text": text, "found": found.frame["found"].iloc[0]}
    return replace(found, notes=(text, *found.notes), meta=meta)


def _sentence(rows: pd.DataFrame, words: dict[str, str], span: Span) -> str:
    raw = rows.loc[RAW]
    if pd.isna(raw["estimate"]):
        return (
            f"There is no negative control: no patient with an eligible baseline recorded enough of the "
            f"{span.month} days before it."
        )
    limits = "" if pd.isna(raw["lower"]) else f", {words['level']} interval {_span(raw)}"
    own = (
        f"Before any treatment, from days -{span.baseline + span.month} to -{span.baseline + 1} to days "
        f"-{span.baseline} to -1, {words['unit']} changed by {raw['estimate']:+z.1f} "
        f"({raw['n']} of {raw['N']} patients{limits})"
    )
    net, found = rows.loc[NET], raw["found"]
    if pd.isna(net["estimate"]):
        more = (
            "the days were falling already, so the change after treatment includes more than treatment"
            if found == FALL
            else "patients who come at their worst rise, and without a declared entry rule "
            "(rules.entry_days) nothing says how much of it is chance"
        )
        return f"{own}; {more}."
    chance = f"chance alone brings {rows.loc[CHANCE, 'estimate']:+z.1f}"
    left = f"{net['estimate']:+z.1f} ({_span(net)})" if pd.notna(net["lower"]) else f"{net['estimate']:+z.1f}"
    verdict = {
        NOTHING: "no more than chance alone is seen, as it should be",
        FALL: "the days were falling already, so the change after treatment includes more than treatment",
        RISE: "the days were rising by more than chance: what made them rise may also have gone away "
        "by itself",
        OPEN: "there is no interval to judge it by",
    }[found]
    return f"{own}; {chance}, which leaves {left}: {verdict}."


def _span(row: pd.Series) -> str:
    return f"{row['lower']:+z.1f} to {row['upper']:+z.1f}"
