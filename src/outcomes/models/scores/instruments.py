"""Questionnaires: their range, which change matters to one patient, their bands, and the sources of these."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["INSTRUMENTS", "Instrument"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of one questionnaire.

    Parameters
    ----------
    low, high : float
        Range of the score.
    lower_is_better : bool
        Direction.
    looks_back : int
        Days that the questions are about.
    fall : float or None
        Fall that matters to one patient; None where no value is verified.
    bands : tuple of (str, float)
        Name and lowest score of each band, from the best on.
    source : str
        Where fall and bands are from.
    """

    low: float
    high: float
    lower_is_better: bool
    looks_back: int
    fall: float | None
    bands: tuple[tuple[str, float], ...]
    source: str


INSTRUMENTS: dict[str, Instrument] = {
    "HIT-6": Instrument(
        36, 78, True, 28, 6.0,
        (("little or none", 36), ("some", 50), ("substantial", 56), ("severe", 60)),
        "fall: Houts 2020 (chronic migraine), doi:10.1111/head.13946; bands: user guide, severe from 60 on "
        "in doi:10.1186/s10194-022-01467-z",
    ),
    "MSQ": Instrument(
        0, 100, False, 28, None, (),
        "no value for a total score: the published 25 points are for its role-restrictive part",
    ),
    "MIDAS": Instrument(
        0, 270, True, 90, None,
        (("little or none", 0), ("mild", 6), ("moderate", 11), ("severe", 21)),
        "no verified change for one patient; grades: Stewart 2001, doi:10.1212/WNL.56.suppl_1.S20",
    ),
    "PHQ-9": Instrument(
        0, 27, True, 14, 5.0,
        (("minimal", 0), ("mild", 5), ("moderate", 10), ("moderately severe", 15), ("severe", 20)),
        "fall: Loewe 2004, doi:10.1097/00005650-200412000-00006; response and remission as McInnes 2022, "
        "doi:10.1016/j.jad.2021.12.097; bands: Kroenke 2001, doi:10.1046/j.1525-1497.2001.016009606.x",
    ),
    "PGIC": Instrument(
        1, 7, True, 28, None, (),
        "much or very much improved: Dworkin 2008, doi:10.1016/j.jpain.2007.09.005",
    ),
}  # fmt: skip
