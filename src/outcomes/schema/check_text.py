"""Checks of text: formulas, markup and control characters, which a spreadsheet or a page could act on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault
from outcomes.schema.look_up import coded

__all__ = ["check_text"]

#: Rule -> pattern, and what such a text does.
NOT_PLAIN = {
    "formula_in_text": (r"^[=+@\t\r]|^-[^0-9 ]", "starts like a spreadsheet formula"),
    "markup_in_text": (r"<\s*[/!a-zA-Z]", "holds what looks like markup"),
    "control_character": (r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "holds a control character"),
}
#: What is not plain by any rule: most columns hold no such text.
ANY = "|".join(pattern for pattern, _ in NOT_PLAIN.values())


def check_text(table: str, frame: pd.DataFrame) -> list[Fault]:
    """Return a warning for each id or text that is not plain; each distinct text is looked at once."""
    faults = []
    for spec in specs(table).values():
        if spec.kind not in ("id", "text"):
            continue
        codes, texts = coded(frame[spec.name])
        unique = pd.Series(texts, dtype="str")
        if not unique.str.contains(ANY, regex=True).any():
            continue
        for rule, (pattern, what) in NOT_PLAIN.items():
            hit = unique.str.contains(pattern, regex=True).to_numpy(dtype=bool)
            rows = np.flatnonzero(np.append(hit, False)[codes])
            text = f"{spec.name} {what}"
            faults.append(Fault(table, rule, text, rows, spec.name, "warning", "kept as text"))
    return faults
