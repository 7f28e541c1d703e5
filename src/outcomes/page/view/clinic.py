"""The view of the clinic: everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pandas as pd

from outcomes.models.harm.coding import coding_to_check
from outcomes.page.blocks import Block, Section
from outcomes.page.event_results import arms as event_arms
from outcomes.page.event_results import comparison, event_rates
from outcomes.page.front_results import between_arms, diary_days, directions, still_better
from outcomes.page.material import Material
from outcomes.page.of_treated import of_treated
from outcomes.page.primary import Primary, primary
from outcomes.page.view.by_unit import by_unit
from outcomes.page.view.in_one_piece import Completeness, Directions, Spread
from outcomes.page.view.shares import counted, quartiles
from outcomes.page.view.view import Harm, View
from outcomes.plots.style import axes_or_new
from outcomes.plots.svg import svg
from outcomes.plots.waterfall import waterfall
from outcomes.results import Estimates
from outcomes.tables.events import rate_rows

__all__ = ["Clinic"]


class Clinic(View):
    """A study as the clinic sees it."""

    @property
    def limit(self) -> int:
        """Every count is shown."""
        return 0

    @property
    def enough(self) -> bool:
        """Any group may be told of."""
        return True

    def _of(self, part: Material) -> Clinic:
        return Clinic(part)

    def for_the_clinic(self, make: Callable[[Material], list[Block]]) -> list[Block]:
        """Return the blocks."""
        return make(self._all)

    def everything(self, make: Callable[[Material], Section]) -> Section:
        """Return the section."""
        return make(self._all)

    @property
    def sessions(self) -> int:
        """Sessions."""
        return len(self._all.sessions)

    @property
    def courses(self) -> int:
        """Courses."""
        return len(self._all.courses)

    @cached_property
    def directions(self) -> Directions | None:
        """How many got better, stayed the same and got worse."""
        found = directions(self._all)
        if found is None:
            return None
        counts, median, period = found
        without = self.patients - sum(counts.values())
        return Directions(period, counts["better"], counts["same"], counts["worse"], without, median)

    def waterfall(self, width: float) -> list[str]:
        """Return the drawing of every patient's change."""
        axes = waterfall(
            self._all.first_period, quantity="change", ax=axes_or_new(None, height=1.2, width=width)
        )
        # the bar above it names the colours, and the tile the quantity: a tile has no room for them twice
        axes.set(xlabel="", ylabel="")
        if (legend := axes.get_legend()) is not None:
            legend.remove()
        return [svg(axes, name="front-waterfall")]

    @cached_property
    def primary(self) -> Primary:
        """The answer to the study's primary question."""
        return primary(self._all)

    @property
    def between_arms(self) -> pd.DataFrame:
        """Difference in change between arms, at the same baseline."""
        return between_arms(self._all)

    @property
    def still_better(self) -> pd.Series | None:
        """The share of those followed who are still better after about 12 weeks."""
        return still_better(self._all)

    @property
    def coding_to_check(self) -> int:
        """Emergent events whose coding contradicts itself."""
        return int(coding_to_check(self._all.emergent_events).ne("").sum())

    @property
    def change(self) -> Estimates:
        """Change from baseline by period."""
        return self._all.change

    @property
    def later(self) -> pd.DataFrame:
        """Later periods as if nobody had been treated again, beside the mean of those who were not."""
        return self._all.later

    @cached_property
    def untreated_change(self) -> Estimates:
        """Change by period, later ones as if nobody had been treated again."""
        return self._all.untreated_change

    @cached_property
    def responders(self) -> Estimates:
        """Responders of all treated patients, and beside them of those with a value."""
        return of_treated(self._all.responders)

    @cached_property
    def mixed_change(self) -> pd.DataFrame:
        """Change from baseline by the mixed model, with n, N and degrees of freedom."""
        rows, fit = self._all.numbers.rows, self._all.mixed
        found = self._all.mixed_change.to_frame()
        period = found["contrast"].str.removesuffix(" - baseline")
        n = rows[rows["value"].notna()].groupby("period", observed=True)["patient_id"].nunique()
        n.index = n.index.astype("str")
        return found.assign(
            period=period, n=period.map(n).fillna(0).astype("int64").to_numpy(), N=fit.n_subjects
        )

    @property
    def scores(self) -> pd.DataFrame:
        """Change of questionnaire scores by period."""
        return self._all.scores.to_frame()

    @property
    def pain(self) -> pd.DataFrame:
        """Pain of the first course by number of the session."""
        return self._all.speed.to_frame()

    @cached_property
    def harm(self) -> Harm:
        """Events by group, the overview and the worst grades: of patients, and of sessions."""
        sessions = self._all.session_events_by("group")
        found: Harm = {"groups": (self._all.events_by("group"), sessions)}
        for name in ("overview", "by_worst_grade"):
            table = self._all.safety[name]
            found[name] = (
                by_unit(table, "patient"),
                None if sessions is None else by_unit(table, "session"),
            )
        return found

    @cached_property
    def arms_by_event(self) -> Estimates | None:
        """Differences between arms in patients with each kind of event."""
        patients = event_arms(self._all)
        return None if patients is None else comparison(self._all, patients)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Rates of any event, each with its numerator and exposure."""
        return rate_rows(event_rates(self._all))

    @cached_property
    def complete(self) -> Completeness | None:
        """How complete the diaries are."""
        recorded, possible = diary_days(self._all)
        return Completeness(100 * recorded / possible, recorded, possible) if possible else None

    @property
    def rows(self) -> pd.DataFrame:
        """The flow of rows: table, status, reason, rows."""
        return self._all.study.flow

    @property
    def files(self) -> pd.DataFrame:
        """The input files by their content."""
        return self._all.study.provenance

    def _shares(
        self, values: pd.Series, *, of: int, people: pd.Series | None = None, free: bool = False
    ) -> Estimates:
        """Return how many have each value."""
        counts = counted(values, of=of)
        frame = pd.DataFrame({"value": list(counts.index), "n": counts.to_numpy(), "N": of})
        return Estimates(frame, "", "")

    def _spread(self, label: str, values: pd.Series) -> Spread:
        """Return median and quartiles."""
        return Spread(label, quartiles(values), len(values))
