"""`oc.report`: the report of a study in memory, published as the command line publishes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from outcomes.errors import instance_of, named_path, one_of
from outcomes.page.options import Options
from outcomes.page.readers import AUDIENCES, Readers
from outcomes.publish.request import Request
from outcomes.publish.runs import publish_report
from outcomes.publish.subject import InMemory
from outcomes.schema.study_data import check_study
from outcomes.study import Study

__all__ = ["report"]


def report(
    study: Study,
    out: str | Path,
    *,
    as_of: str | date | pd.Timestamp | None = None,
    audience: str | None = None,
    smallest_count: int | None = None,
    pdf: bool | None = None,
    patients: bool = False,
) -> Path:
    """Publish the report of a study: one HTML file without script or request, and its manifest.

    What is not given here follows the part [report] of study.toml, for a study that was read from one;
    what is given here overrides it, and the manifest names it. Old reports are removed as [report] says.

    Parameters
    ----------
    study : Study
        A checked study.
    out : str or Path
        Folder of all reports; each run makes a folder in it, and `latest` points to the newest.
    as_of : str, date or Timestamp, optional
        Use nothing after this local date; by default the study's own cut-off.
    audience : {"external", "clinic"}, optional
        external: for readers outside the clinic; small counts and what they could be calculated from are
        withheld, and nothing is said about single patients. clinic: everything. External by default.
    smallest_count : int, people, optional
        The smallest count that an external report shows, apart from 0; 5 by default.
    pdf : bool, optional
        Make a tagged PDF beside the page; it needs ``outcomes[documents]``.
    patients : bool
        Put an appendix of patients, by study id, at the end of the page; for the clinic only.

    Returns
    -------
    Path
        The HTML file. The same study after the same report gives the same bytes; only the manifest's block
        ``run`` differs.

    Raises
    ------
    ArgumentError
        When the patient appendix is asked for readers outside the clinic.
    DataError
        When the data are older, or fewer, than [report] allows.
    LockedError
        When another run writes to the same folder.
    ReportError
        When it cannot be written; the previous report is untouched.
    """
    check_study(study)
    folder = named_path("out", out, hint="the folder of all reports")
    for name, asked in (("pdf", pdf), ("patients", patients)):
        if asked is not None:
            instance_of(name, asked, bool, hint="True or False")
    if audience is not None:
        one_of("audience", audience, AUDIENCES)
    if smallest_count is not None:
        Readers("external", smallest_count)  # refuses a number that protects nobody
    used = study if as_of is None else study.as_of(as_of)
    request = Request(
        audience=audience, smallest_count=smallest_count, options=Options(pdf=pdf, patients=patients)
    )
    done, _ = publish_report(InMemory(used), folder, request)
    return Path(str(done.report))
