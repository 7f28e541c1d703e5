"""The texts of a small study as objects of Python, while many small steps are made with them.

Arrow keeps large columns of text small and fast, and takes tens of microseconds for each step however few
rows there are: a fifth of a report of 60 patients. Objects of Python take one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.study.study import Study

__all__ = ["small_texts"]

#: Above so many diary days Arrow's columns are the faster ones.
MOST_DAYS = 300_000

_PYTHON = pd.StringDtype("python", na_value=np.nan)


@contextmanager
def small_texts(study: Study) -> Iterator[Study]:
    """Give the same study with its texts in Python, and let new texts be made so, for a while.

    What is derived from it is kept with it, so that the next report need not derive it again. The option of
    pandas holds for all threads meanwhile; either kind of text gives the same results.

    Parameters
    ----------
    study : Study
        A study; one in partitions, and a large one, is given back as it is.

    Examples
    --------
    >>> from outcomes import load_example
    >>> with small_texts(load_example()) as study:
    ...     study.diary["patient_id"].dtype.storage
    'python'
    """
    if type(study) is not Study or len(study._checked.accepted["diary"]) > MOST_DAYS:
        yield study
        return
    if study._small is None:
        study._small = _with_python_texts(study)
    with pd.option_context("mode.string_storage", "python"):
        yield study._small


def _with_python_texts(study: Study) -> Study:
    checked = study._checked
    changed = copy.copy(study)
    changed._made = {}
    changed._checked = replace(
        checked,
        accepted={name: _changed(frame) for name, frame in checked.accepted.items()},
        findings=_changed(checked.findings),
        flow=_changed(checked.flow),
        cells=_changed(checked.cells),
        alarms=_changed(checked.alarms),
    )
    return changed


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its columns of text, and their names, as objects of Python."""
    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    changed = frame.astype(dict.fromkeys(texts, _PYTHON))
    changed.columns = pd.Index(changed.columns, dtype=_PYTHON)
    return changed
