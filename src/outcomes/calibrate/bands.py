"""Bias and coverage of each estimator in each world, with Monte Carlo errors: table and figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.plots.coverage import coverage
from outcomes.plots.svg import svg

__all__ = ["LEAST", "NOMINAL", "summarise", "write_summary"]

NOMINAL, LEAST = 0.95, 0.90
#: So many Monte Carlo errors below the least coverage an estimator fails its band.
ERRORS = 2.0
KEYS = ["estimator", "world", "patients"]


def summarise(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per estimator, world and number of patients.

    Parameters
    ----------
    results : DataFrame
        Of `run_grid`.

    Returns
    -------
    DataFrame
        studies, truth, bias and coverage with their Monte Carlo errors, without_interval, failed,
        and band: ``ok``, ``fails`` (coverage below 90 % by more than two Monte Carlo errors), ``no number``.
    """
    named = results.dropna(subset=["truth"]).groupby(KEYS, sort=False)
    rows = [dict(zip(KEYS, key, strict=True)) | _cell(cell) for key, cell in named]
    failed = results[results["failed"] != ""].groupby(KEYS, sort=False)
    rows += [
        dict(zip(KEYS, key, strict=True)) | {"studies": 0, "failed": len(cell), "band": "no number"}
        for key, cell in failed
    ]
    return pd.DataFrame(rows).sort_values(["estimator", "patients"], kind="stable", ignore_index=True)


def _cell(cell: pd.DataFrame) -> dict[str, object]:
    error = (cell["estimate"] - cell["truth"]).dropna()
    known = cell.dropna(subset=["lower", "upper"])
    n = len(known)
    share = float(known["truth"].between(known["lower"], known["upper"]).mean()) if n else np.nan
    sure = LEAST - ERRORS * np.sqrt(LEAST * (1 - LEAST) / max(n, 1))
    return {
        "studies": len(cell),
        "truth": float(cell["truth"].iloc[0]),
        "bias": float(error.mean()),
        "bias_error": float(error.std() / np.sqrt(len(error))) if len(error) > 1 else np.nan,
        "coverage": share,
        "coverage_error": float(np.sqrt(share * (1 - share) / n)) if n else np.nan,
        "without_interval": len(cell) - n,
        "failed": 0,
        "band": "no number" if not n else "fails" if share < sure else "ok",
    }


def write_summary(results: pd.DataFrame, folder: Path) -> list[Path]:
    """Write calibration.csv, calibration_table.md and calibration.svg into a folder.

    Parameters
    ----------
    results : DataFrame
        Of `run_grid`.
    folder : Path
        Where; it is there already.
    """
    summary = summarise(results)
    files = {
        "calibration.csv": summary.to_csv(index=False, float_format="%.6g"),
        "calibration_table.md": table(summary),
        "calibration.svg": svg(coverage(summary, nominal=NOMINAL, least=LEAST)),
    }
    paths = [folder / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def table(summary: pd.DataFrame) -> str:
    """Return a Markdown table; what fails its band stands out."""
    lines = [
        "| estimator | world | n | studies | truth | bias (MC error) | coverage (MC error) "
        "| no interval | band |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in summary.to_dict("records"):
        head = f"| {row['estimator']} | {row['world']} | {row['patients']} | {row['studies']} "
        if row["band"] == "no number":
            lines.append(head + f"| | | | | **no number** ({row['failed']} failed) |")
            continue
        band = "ok" if row["band"] == "ok" else "**fails**"
        none = int(row["without_interval"])
        lines.append(
            head + f"| {row['truth']:.2f} | {row['bias']:+.2f} ({row['bias_error']:.2f}) "
            f"| {row['coverage']:.0%} ({row['coverage_error']:.0%}) | {none} | {band} |"
        )
    return "\n".join(lines) + "\n"
