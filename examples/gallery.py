"""Every plot of the package, with the code that made it beside it: one HTML file, no script, no network.

    python examples/gallery.py [FOLDER]

writes FOLDER/index.html (gallery/index.html by default). The studies are simulated: a clinic without a
control arm (`oc.load_example`) and a trial with two arms (`oc.simulate`). The code shown is the text of the
functions below, which ran.
"""

from __future__ import annotations

import html
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

import outcomes as oc
from outcomes import plots
from outcomes.models.stats.sequential import cumulative_looks, proportion_sequence, signal


def prepare() -> SimpleNamespace:
    """Make what the plots below are drawn from."""
    clinic = oc.load_example()
    trial = oc.simulate(160, seed=11, arms=("placebo", "ketamine"), dropout=0.25).study
    first = oc.periods(trial)
    first = first[(first["course"] == 1) & (first["period_number"] <= 4)]
    followed = clinic.sessions.groupby("patient_id").size()
    one = followed.index[followed == followed.max()][0]
    return SimpleNamespace(
        clinic=clinic,
        days=oc.days(clinic),
        exposure=oc.exposure(clinic),
        emergent=oc.emergent(clinic),
        periods=oc.periods(clinic),
        trial=trial,
        trial_periods=first,
        trial_events=oc.emergent(trial),
        fit=oc.mmrm("change ~ baseline*period + arm*period", first, subject="patient_id", visit="period"),
        patient=one,
    )


def flow_diagram(made):
    """Who was received and who is in the comparison."""
    return plots.flow_diagram(oc.flow(made.clinic))


def recording(made):
    """Which days of which patients are in the diaries; a missing day is a hole, not a free day."""
    return plots.recording(made.days, span=(-28, 112))


def trajectory(made):
    """Mean and interval by period, one thin line per patient behind."""
    periods = oc.periods(made.clinic, baseline_as_row=True)
    return plots.trajectory(oc.means(periods), individuals=periods)


def small_multiples(made):
    """The same for each style of course, in panels on one scale."""
    periods = oc.periods(made.clinic, baseline_as_row=True)
    periods = periods[periods["period_number"] <= 3]
    return plots.small_multiples(oc.means(periods, by="cohort"), by="cohort", individuals=periods)


def subgroups(made):
    """The change of each subgroup alone, and shrunk towards the others of its factor."""
    return plots.subgroups(oc.subgroups(made.clinic, ["style", "overuse", "diagnosis"]))


def speed(made):
    """How soon pain fell by 2 points: the share whose fall has been seen."""
    return plots.speed(oc.speed(made.clinic))


def scores(made):
    """Change of each questionnaire, in its own points."""
    found = oc.scores(made.clinic, ["HIT-6", "MIDAS", "PHQ-9"]).to_frame().query("n >= 5")
    return plots.small_multiples(
        found, by="instrument", draw=plots.change_by_period, ylabel="change in points", same_scale=False
    )


def waterfall(made):
    """The change of each patient, sorted; a cross for each patient without a value."""
    return plots.waterfall(made.periods)


def before_after(made):
    """Each patient's baseline and first period."""
    return plots.before_after(made.periods, mean=oc.change(made.periods))


def better_same_worse(made):
    """How many got better, stayed the same and got worse."""
    change = made.periods.loc[made.periods["period_number"] == 1, "change"].dropna()
    counts = {"better": change.lt(0).sum(), "same": change.eq(0).sum(), "worse": change.gt(0).sum()}
    return plots.better_same_worse(counts)


def change_by_period(made):
    """Mean change by period with its interval, beside what a placebo infusion did in a trial."""
    change = oc.change(made.periods)
    return plots.change_by_period(change, band=(-6.2, -5.6), band_label="placebo, PROMISE-2 (migraine days)")


def responder_ladder(made):
    """Responders at 30, 50, 75 and 100 %, with missing values counted both ways."""
    return plots.responder_ladder(oc.responders(made.trial_periods, by="arm", goal=False), by="arm")


def durability(made):
    """How long the fall of those who fell lasts."""
    found = oc.durability(
        oc.days(made.trial),
        made.trial_periods,
        courses=oc.courses(made.trial),
        by="arm",
        responders_only=True,
    )
    return plots.durability(found, by="arm")


def still_better(made):
    """What became of those who fell: still better, back, treated again."""
    found = oc.still_better(made.days, made.periods, courses=oc.courses(made.clinic))
    return plots.still_better(found)


def dose_response(made):
    """Change by quarters of the dose of the course."""
    courses = oc.courses(made.clinic).query("course == 1")
    found = oc.dose_response(made.periods, courses, form="quartiles")
    return plots.dose_response(found, doses=courses["dose_mg_per_kg"])


def edish(made):
    """Highest liver enzyme against highest bilirubin of each patient; the values are drawn at random."""
    rng = np.random.default_rng(3)
    patients = made.clinic.patients["patient_id"]
    graded = pd.DataFrame(
        {
            "patient_id": np.tile(patients, 2),
            "test": np.repeat(["alt", "bilirubin"], len(patients)),
            "times_limit": np.exp(rng.normal(-0.5, 0.6, 2 * len(patients))),
            "on_treatment": True,
        }
    )
    return plots.edish(graded)


def diary_calendar(made):
    """The diary of one patient, one column per week: severity, infusions, acute medication, events."""
    return plots.diary_calendar(
        made.days,
        patient=made.patient,
        sessions=made.exposure,
        events=made.clinic.adverse_events,
        timezone=made.clinic.timezone,
    )


def titration(made):
    """The sessions of one patient: rate over time, pain before and after, events."""
    sessions = made.clinic.sessions
    return plots.titration(
        made.clinic.titration, sessions=sessions, patient=made.patient, events=made.emergent
    )


def incidence(made):
    """Adverse events, percent of patients and percent of sessions."""
    patients = made.clinic.sessions.drop_duplicates("patient_id")
    events = made.emergent[made.emergent["emergent"]]
    by_patient = oc.incidence(events, patients, by="group", unknown="note")
    inside = events.dropna(subset=["session_id"])
    by_session = oc.incidence(inside, made.clinic.sessions, by="group", unit="session", unknown="note")
    return plots.incidence(by_patient, sessions=by_session)


def incidence_difference(made):
    """Adverse events of two arms and their differences."""
    events = made.trial_events[made.trial_events["emergent"]]
    found = oc.incidence(events, made.trial.patients, by="group", arm="arm")
    return plots.incidence_difference(oc.compare_arms(found, reference="placebo"))


def severity(made):
    """Adverse events of two arms by worst grade, and the ratio of the arms beside them."""
    events = made.trial_events[made.trial_events["emergent"]]
    found = oc.incidence(events, made.trial.patients, by="group", arm="arm")
    worst = oc.incidence(events, made.trial.patients, by="group", arm="arm", worst="grade")
    return plots.severity(oc.compare_arms(found, reference="placebo", measure="ratio"), worst=worst)


def volcano(made):
    """Every term of two arms at once: the difference against its P."""
    events = made.trial_events[made.trial_events["emergent"]]
    found = oc.incidence(events, made.trial.patients, by="term", arm="arm")
    return plots.volcano(oc.compare_arms(found, reference="placebo"))


def session_numbers(made):
    """First, second and further sessions with an event; later ones are those of patients who went on."""
    found = oc.incidence(made.emergent, made.exposure, arm="session_number", unit="session", unknown="note")
    return plots.session_numbers(found)


def within_infusion(made):
    """Events per running hour of infusion, by hour from line in and by pump rate."""
    clinic = made.clinic
    found = oc.within_infusion(
        made.emergent, clinic.sessions, titration=clinic.titration, pump_rates=[0.25, 0.35]
    )
    return plots.within_infusion(found)


def dose_events(made):
    """Sessions with an event by dose, the sessions of each group below."""
    return plots.dose_events(oc.dose_events(made.emergent, made.exposure, unknown="note"))


def event_heat_map(made):
    """Worst grade in each session of each patient."""
    return plots.event_heat_map(made.emergent, sessions=made.exposure)


def cumulative_incidence(made):
    """Probability of a first event after discharge, by arm."""
    trial = made.trial
    start = trial.sessions.groupby("patient_id")["end"].max().rename("start")
    last = trial.diary.groupby("patient_id")["date"].max().dt.tz_localize("UTC").rename("end")
    follow_up = trial.patients[["patient_id", "arm"]].join(start, on="patient_id", how="inner")
    follow_up = follow_up.join(last, on="patient_id", how="inner").query("end > start")
    later = trial.adverse_events.merge(follow_up[["patient_id", "start"]])
    data = oc.first_events(later[later["onset"] >= later["start"]], follow_up)
    ticks = [0, 28, 56, 84, 112, 140]
    return plots.cumulative_incidence(
        oc.cumulative_incidence(data, arm="arm"),
        at_risk=oc.cumulative_incidence(data, arm="arm", at=ticks),
        by="arm",
        xlabel="days since the last infusion",
    )


def signal_chart(made):
    """Severe events per session, looked at every week, against the rate that was expected."""
    severe = made.trial_events.loc[made.trial_events["grade"] >= 3, "session_id"]
    sessions = made.trial.sessions.assign(severe=lambda s: s["session_id"].isin(severe).astype(int))
    looks = cumulative_looks(sessions, time="end", value="severe", every="7D")
    found = signal(proportion_sequence(looks["total"], looks["N"]), reference=0.08)
    return plots.signal_chart(found, ylabel="share of sessions with an event of grade 3+")


def forest(made):
    """Differences between the arms by period, from the mixed model."""
    found = made.fit.contrasts("arm", by="period", ref="placebo")
    return plots.forest(found, label="period", xlabel="ketamine − placebo (headache days per 28 days)")


def covariance(made):
    """Covariance over the periods of the mixed model."""
    return plots.covariance(made.fit)


def residuals(made):
    """Whitened residuals of the mixed model."""
    return plots.residuals(made.fit)


def tipping_point(made):
    """How much worse the missing days must have been before the conclusion changes."""
    filled = oc.impute(made.trial_periods, arm="arm", reference="placebo", imputations=50, rng=1)
    return plots.tipping_point(oc.tipping_point(filled), ylabel="ketamine − placebo (days per 28 days)")


def tipping_surface(made):
    """The same for the missing days of both arms: every pair of shifts and what it would conclude."""
    filled = oc.impute(made.trial_periods, arm="arm", reference="placebo", imputations=50, rng=1)
    return plots.tipping_surface(oc.tipping_surface(filled))


SECTIONS: dict[str, list[Callable]] = {
    "Who is in it, and how complete": [flow_diagram, recording],
    "Headache days": [
        better_same_worse,
        trajectory,
        small_multiples,
        change_by_period,
        subgroups,
        scores,
        speed,
        waterfall,
        before_after,
        responder_ladder,
        durability,
        still_better,
        dose_response,
    ],
    "One patient": [diary_calendar, titration],
    "Adverse events": [
        incidence,
        incidence_difference,
        severity,
        volcano,
        event_heat_map,
        session_numbers,
        within_infusion,
        dose_events,
        cumulative_incidence,
        signal_chart,
        edish,
    ],
    "How sure are we": [forest, tipping_point, tipping_surface, covariance, residuals],
}

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --soft: #f3f6f8; --ink: #1c2328; --line: #d8dee3; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14191d; --soft: #1d242a; --ink: #e6ebef; --line: #35404a;
  --fig-ink: #e6ebef; --fig-muted: #a3afb9; --fig-grid: #35404a;
  --fig-blue: #4aa8dd; --fig-vermilion: #ff8a3d; }
  #diary_calendar svg, #event_heat_map svg { background: #fff; --fig-ink: #1c2328; --fig-muted: #5a666f;
  --fig-grid: #d8dee3; --fig-vermilion: #d55e00; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 78rem;
  background: var(--paper); color: var(--ink); }
article { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.5rem; padding: 1.5rem 0;
  border-top: 1px solid var(--line); align-items: start; }
@media (max-width: 52rem) { article { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 0; } svg { width: 100%; height: auto; max-width: 46rem; }
pre { background: var(--soft); padding: 1rem; margin: 0; overflow-x: auto; font-size: .82rem; }
nav a { margin-right: 1rem; } a { color: inherit; } details { font-size: .88rem; margin-top: .5rem; }
h3 { margin: 0 0 .3rem; } p { margin: 0 0 .8rem; }
"""


def entry(function: Callable, made: SimpleNamespace) -> str:
    """Return the article of one plot: name, caption, drawing, its words and its code."""
    ax = function(made)
    name, caption = function.__name__, inspect.cleandoc(function.__doc__ or "")
    drawing, words = plots.svg(ax, name=name), html.escape(plots.describe(ax))
    return (
        f'<article id="{name}"><div><h3>{name}</h3><p>{html.escape(caption)}</p><figure>{drawing}</figure>'
        f"<details><summary>In words</summary>{words}</details></div>{code(function)}</article>"
    )


def code(function: Callable) -> str:
    """Return the text of a function as it ran."""
    return f'<pre tabindex="0"><code>{html.escape(inspect.getsource(function).rstrip())}</code></pre>'


def page() -> str:
    """Return the whole gallery as HTML."""
    made = prepare()
    names = [function.__name__ for functions in SECTIONS.values() for function in functions]
    links = " ".join(f'<a href="#{name}">{name}</a>' for name in names)
    body = "".join(
        f"<h2>{html.escape(title)}</h2>" + "".join(entry(function, made) for function in functions)
        for title, functions in SECTIONS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery: outcomes</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        "<body><header><h1>Gallery</h1>"
        "<p>Every plot with the code that made it. The studies are simulated.</p>"
        f'<nav aria-label="Plots">{links}</nav></header><main><h2>What all of them use</h2>'
        f"{code(prepare)}{body}</main></body></html>"
    )


def main() -> None:
    """Write the gallery and say where it is."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "gallery")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page(), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
