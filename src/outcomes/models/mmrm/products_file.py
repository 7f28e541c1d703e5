"""Cross products as a file that one site sends to another: sums and counts, in JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomes.errors import DataError
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.pattern_facts import PatternFacts

if TYPE_CHECKING:
    from outcomes.models.mmrm.products import Products

__all__ = ["read_products", "write_products"]

KIND = "outcomes: cross products of a mixed model, 1"
PLAIN = ("formula", "n_obs", "n_subjects", "received", "subjects_received", "largest_response")


def write_products(sums: Products, path: Path) -> Path:
    """Write the sums; whoever calls has protected them."""
    patterns = [
        {
            "group": group,
            "visits": list(seen),
            "subjects": sums.counts[group, seen],
            "sums": sums.sums[group, seen].tolist(),
            "cells": [[list(cell), n] for cell, n in sums.facts[group, seen].cells.items()],
            "moments": sums.facts[group, seen].moments,
            "log_weights": sums.facts[group, seen].log_weights,
        }
        for group, seen in sums.counts
    ]
    told: dict[str, Any] = {
        "kind": KIND,
        "roles": asdict(sums.roles),
        "levels": sums.levels,
        "visits": sums.visits,
    }
    told |= {"groups": sums.groups, "excluded": sums.excluded, "patterns": patterns}
    path.write_text(json.dumps(told | {name: getattr(sums, name) for name in PLAIN}), encoding="utf-8")
    return path


def read_products(path: Path) -> dict[str, Any]:
    """Read a file of sums: the arguments of `Products`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["kind"] != KIND:
            raise ValueError(KIND)
        patterns = {(p["group"], tuple(p["visits"])): p for p in told["patterns"]}
        return dict(
            roles=Roles(**told["roles"]),
            levels={name: tuple(levels) for name, levels in told["levels"].items()},
            visits=tuple(told["visits"]),
            groups=tuple(told["groups"]),
            counts={key: p["subjects"] for key, p in patterns.items()},
            sums={key: np.array(p["sums"]) for key, p in patterns.items()},
            facts={key: _facts(p) for key, p in patterns.items()},
            excluded=told["excluded"],
            **{name: told[name] for name in PLAIN},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path.name}: this is no file of cross products",
            got=getattr(error, "strerror", None) or "something else",
            hint="write one with oc.mmrm.products(...).write(path)",
        ) from None


def _facts(told: dict[str, Any]) -> PatternFacts:
    cells = {tuple(cell): float(n) for cell, n in told["cells"]}
    return PatternFacts(cells, {n: (a, b) for n, (a, b) in told["moments"].items()}, told["log_weights"])
