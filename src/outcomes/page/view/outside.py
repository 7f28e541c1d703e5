"""The view of readers outside: small counts are gone, and what they could be calculated from.

Every count has all treated patients, or all their sessions, as its denominator: with one population for the
whole page nobody can be told from the difference of two of them. For the same reason the mean of the baseline
stands once, of one set of patients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from outcomes.models.disclosure import Cell, System, protect, withhold
from outcomes.page.as_untreated import not_made
from outcomes.page.blocks import Block
from outcomes.page.event_results import event_rates
from outcomes.page.front_results import arm_sizes, between_arms, diary_days, directions
from outcomes.page.material import Material
from outcomes.page.of_treated import of_treated
from outcomes.page.primary import Primary, primary_outside
from outcomes.page.view.arms_outside import events_of_arms
from outcomes.page.view.harm_counts import counts_of, harm_counts
from outcomes.page.view.in_one_piece import Completeness, Directions, Spread
from outcomes.page.view.protected import protected_shares, responders_to_withhold
from outcomes.page.view.shares import quartiles
from outcomes.page.view.view import Harm, View
from outcomes.page.view.withheld import Withheld
from outcomes.results import Estimates
from outcomes.tables.description import MARK
from outcomes.tables.events import rate_rows

__all__ = ["Outside"]

#: Tables of which a row is not a person or a session.
COUNTED = ("diary", "titration")
#: Decimals of what is printed: a drawing carries no more.
DECIMALS = {"baseline_mean": 1, "value_mean": 1, "lower_bound": 1, "upper_bound": 1}
#: How many stand behind a row, or do not: from n and these small differences follow.
COUNTS = ("eligible", "at_risk", "treated_again", "too_few_days", "not_due")
FEW = Withheld("it is about few patients, or reveals how few are missing")


class Outside(View):
    """A study as readers outside the clinic see it.

    Parameters
    ----------
    material : Material
        Everything; only this class looks at it.
    limit : int, people
        Counts of 1 to ``limit - 1`` are withheld; means, quartiles and rates need twice the limit.
    """

    def __init__(self, material: Material, *, limit: int) -> None:
        super().__init__(material)
        self._limit = limit

    @property
    def limit(self) -> int:
        """The smallest count of people that is shown, apart from 0."""
        return self._limit

    @property
    def enough(self) -> bool:
        """Whether anything can be said of a group of this size."""
        return self.patients >= self.smallest

    def _of(self, part: Material) -> Outside:
        return Outside(part, limit=self._limit)

    @cached_property
    def arms(self) -> dict[str, View]:
        """Each arm whose size is shown: an arm of few patients, or few without an arm, would follow from the others."""
        told = self.facts["Arm"].to_frame().dropna(subset=["n"])["value"] if "Arm" in self.facts else ()
        return {arm: self._of(part) for arm, part in self._all.by_arm.items() if arm in set(told)}

    def for_the_clinic(self, make: Callable[[Material], list[Block]]) -> list[Block]:
        """Return nothing: the blocks are not even made."""
        return []

    @property
    def sessions(self) -> int | Withheld:
        """Sessions."""
        n = len(self._all.sessions)
        return n if n == 0 or n >= self.smallest else FEW

    @property
    def courses(self) -> Withheld:
        """Never told: beside the patients it counts those who were treated again."""
        return FEW

    @cached_property
    def directions(self) -> Directions | None:
        """How many got better, stayed the same and got worse: with those without a value they are all."""
        found = directions(self._all)
        if found is None or sum(found[0].values()) < self.smallest:
            return None
        counts, median, period = found
        parts = counts | {"without": self.patients - sum(counts.values())}
        cells = {name: Cell(n) for name, n in parts.items()} | {
            "all": Cell(self.patients, slack=True, weight=np.inf)
        }
        hidden = protect(System(cells, [("all", list(parts))]), limit=self.limit)
        shown = {name: FEW if name in hidden else n for name, n in parts.items()}
        # the median of a few is somebody's value: of twice as many as a mean needs it is told
        told = round(median, 1) if sum(counts.values()) >= 2 * self.smallest else FEW
        return Directions(period, **shown, median=told)

    def waterfall(self, width: float) -> list[str]:
        """Return nothing: each bar is a patient."""
        return []

    @cached_property
    def primary(self) -> Primary:
        """The answer to the study's primary question; n goes where it would reveal how few are missing."""
        return primary_outside(self._all, smallest=self.smallest, limit=self.limit, treated=self.patients)

    @cached_property
    def between_arms(self) -> pd.DataFrame:
        """Difference in change between arms, when each arm has enough patients."""
        rows = between_arms(self._all)
        arms = arm_sizes(self._all)
        if not len(rows) or min(arms.values(), default=0) < self.smallest:
            return rows.iloc[:0]
        return _rounded(rows[["contrast", "estimate", "lower", "upper"]])

    @property
    def still_better(self) -> None:
        """Not told: the curve steps at single patients."""
        return

    @property
    def coding_to_check(self) -> Withheld:
        """Never told: it is about single events."""
        return FEW

    @cached_property
    def change(self) -> Estimates:
        """Change per period; n goes where it would reveal how few are missing, small periods go whole.

        The baseline and the level stand for the first period only: means of two sets of patients, of which one
        lies within the other, would tell those between them.
        """
        left = self._all.change.to_frame()["n"].to_numpy(dtype=np.int64)
        found = replace(self._all.untreated_change, members=None, notes=())
        n = found.to_frame()["n"].fillna(0).to_numpy(dtype=np.int64)
        keep = np.minimum(left, n) >= self.smallest
        tells = [place for place, value in enumerate(n) if 0 < self.patients - value < self.limit]
        # in a small study P and the interval together have one n only that fits them
        found = withhold(found, tells, columns=["n", "p_value", *DECIMALS], limit=self.limit)
        later = np.flatnonzero(keep)[1:].tolist()
        found = withhold(found, later, columns=list(DECIMALS), limit=self.limit)
        # of how many a later period is estimated, and of how many it is known, differ by those treated again
        drawn = np.flatnonzero(
            found.to_frame()["period"].astype("str").isin(self._all.later["period"])
        ).tolist()
        found = withhold(found, drawn, columns=["n", "p_value"], limit=self.limit)
        gone = [*COUNTS, "N", "sd", "std_error", "df", "statistic"]
        shown = found.to_frame()[keep].drop(columns=gone, errors="ignore")
        return replace(found, frame=_rounded(shown), meta={}, notes=())

    @cached_property
    def later(self) -> pd.DataFrame:
        """Later periods as if nobody had been treated again, without counts; and why others are not made."""
        told, rows = self.change.to_frame(), self._all.later
        told = told.assign(period=told["period"].astype("str"))
        told = told.loc[told["period"].isin(rows["period"]), ["period", "estimate", "lower", "upper"]]
        unmade = rows.loc[not_made(rows) & rows["left"].ge(self.smallest), ["period", "status"]]
        return pd.concat([told, unmade], ignore_index=True) if len(unmade) else told

    @property
    def untreated_change(self) -> Estimates:
        """The change: its later periods are as if nobody had been treated again."""
        return self.change

    @cached_property
    def responders(self) -> Estimates:
        """Responders of all treated patients per period that is over for all, or for clearly fewer."""
        found = of_treated(self._all.responders)
        rows = found.to_frame()
        due = rows["N"]
        fit = (due >= self.smallest) & ((due == self.patients) | (due <= self.patients - self.limit))
        rows = rows[(rows["missing"] == "non_responder") & fit].reset_index(drop=True)
        made = replace(
            found,
            frame=rows,
            notes=(
                "N: all treated patients whose period is over; a patient without a value or an eligible baseline counts as not responding.",
            ),
        )
        return withhold(made, responders_to_withhold(rows, limit=self.limit), limit=self.limit)

    @cached_property
    def mixed_change(self) -> pd.DataFrame:
        """Change by the mixed model: counts and degrees of freedom, which reveal counts, are left out."""
        found = self._all.mixed_change.to_frame()
        rows = found[["estimate", "lower", "upper", "p_value"]].assign(
            period=found["contrast"].str.removesuffix(" - baseline")
        )
        told = self.change.to_frame().set_index("period")["n"]
        told.index = told.index.astype("str")
        rows = rows[rows["period"].isin(told.index)]
        # where n is withheld P is too: with the interval it reveals the degrees of freedom
        rows[MARK] = np.where(rows["period"].isin(told.index[told.isna()]), "p_value", "")
        return _rounded(rows)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Mean changes of enough patients, without counts and P."""
        return self._means(self._all.scores.to_frame(), ["instrument", "arm", "period"])

    @cached_property
    def pain(self) -> pd.DataFrame:
        """Mean changes of enough sessions, one a patient, without counts and levels."""
        return self._means(self._all.speed.to_frame(), ["session"])

    def _means(self, rows: pd.DataFrame, named: list[str]) -> pd.DataFrame:
        """Return means and limits of at least this many patients, who stand in no other row of their kind.

        Neither counts nor baselines are told: from those of two sets, one within the other, the difference is
        somebody's.
        """
        kept = rows[rows["n"] >= self.smallest] if "n" in rows else rows
        shown = [*named, "estimate", "lower", "upper"]
        return _rounded(kept[[name for name in shown if name in kept]].reset_index(drop=True))

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Rates without numerator and exposure, from whose differences single patients could be told.

        The exact interval of first events tells their number, so it goes where the patients with any event are
        withheld, and where it would tell how few of them have no day of their event. With arms the events stand
        by arm: beside them a rate of all would tell of those in no arm.
        """
        if self.pooled_arms:
            return pd.DataFrame()
        rows = rate_rows(event_rates(self._all))
        any_event = self.harm["overview"][0].to_frame().set_index("term")["n"].get("any")
        rows = rows[(rows["status"] == "ok") & (rows["n"] >= self.smallest)]
        first = rows["kind"].str.contains("(EAIR)", regex=False)
        tells = True if pd.isna(any_event) else (any_event - rows["n"]).between(1, self.limit - 1)
        return rows.loc[~(first & tells), ["kind", "rate", "low", "high"]].reset_index(drop=True)

    @cached_property
    def arms_by_event(self) -> Estimates | None:
        """Differences of the events whose counts are shown in both arms."""
        return events_of_arms(self._all, self.arms)

    @cached_property
    def complete(self) -> Completeness | None:
        """How complete the diaries are, as a percentage only."""
        recorded, possible = diary_days(self._all)
        return Completeness(round(100 * recorded / possible, 1), FEW, FEW) if possible else None

    @property
    def rows(self) -> pd.DataFrame:
        """Rows of the tables whose rows are not people, sessions or events; None where few would be told."""
        flow = self._all.study.flow
        lines = []
        for table in COUNTED:
            if table in self.given:
                sums = flow[flow["table"] == table].groupby("status")["rows"].sum()
                lines.append({"table": table} | self._row_counts(sums))
        return pd.DataFrame(lines)

    def _row_counts(self, sums: pd.Series) -> dict[str, int | None]:
        names = ("received", "accepted", "rejected")
        cells = {name: Cell(int(sums.get(name, 0)), weight=3 if name == "accepted" else 1) for name in names}
        hidden = protect(System(cells, [("received", ["accepted", "rejected"])]), limit=self.limit)
        return {name: None if name in hidden else cells[name].value for name in names}

    @property
    def files(self) -> pd.DataFrame:
        """Nothing: the name of a file may be that of a patient, and a hash of few rows can be tried out."""
        return pd.DataFrame()

    def _spread(self, label: str, values: pd.Series) -> Spread:
        # many courses can be of few patients
        enough = values.index.nunique() >= 2 * self.smallest
        return Spread(label, quartiles(values) if enough else FEW, FEW, digits=0)

    def _shares(
        self, values: pd.Series, *, of: int, people: pd.Series | None = None, free: bool = False
    ) -> Estimates:
        return protected_shares(values, of=of, people=people, free=free, limit=self.limit)

    @cached_property
    def harm(self) -> Harm:
        """Events by group, the overview and the worst grades: patients, and sessions when there are enough."""
        sessions = self.sessions
        several = not isinstance(sessions, Withheld) and sessions > 0
        units = ("patient", "session") if several else ("patient",)
        made = [harm_counts(counts_of(self._all, unit), limit=self.limit) for unit in units]
        return {name: (made[0][name], made[1][name] if len(made) > 1 else None) for name in made[0]}


def _rounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Round to the decimals that are printed: neither a drawing nor a file of the table carries more."""
    numbers = rows.select_dtypes("floating").columns.difference(["p_value"])
    return rows.round({name: DECIMALS.get(name, 2) for name in numbers})
