"""Cross products as a file that one site sends to another: sums and counts, in JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomes.errors import DataError, OutcomesError
from outcomes.models.mmrm.fixed_effects import PlainDesign
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.frame_columns import Roles
from outcomes.models.mmrm.levels import Factor
from outcomes.models.mmrm.pattern_facts import PatternFacts
from outcomes.models.stats.kernels.moments import unpack

if TYPE_CHECKING:
    from outcomes.models.mmrm.products import Products

__all__ = ["contradiction", "read_products", "write_products"]

KIND = "outcomes: cross products of a mixed model, 2"
HASH = "sha256"
#: Sums of squares are not below zero by more than this share: they are rounded.
NOISE = 1e-9
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
            "fewest": min(sums.facts[group, seen].fewest, sums.counts[group, seen]),
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
    told |= {name: getattr(sums, name) for name in PLAIN} | {"parts": sorted(sums.parts)}
    hidden = path.with_name(f".unfinished-{path.name}")
    try:
        hidden.write_text(json.dumps(told | {HASH: _hash(told)}, allow_nan=False), encoding="utf-8")
        return hidden.replace(path)
    except OSError as error:
        hidden.unlink(missing_ok=True)
        raise OutcomesError(
            f"{path.name}: the sums could not be written", got=error.strerror or type(error).__name__
        ) from None


def _hash(told: dict[str, Any]) -> str:
    """Return the hash of everything else in the file."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def read_products(path: Path) -> dict[str, Any]:
    """Read a file of sums: the arguments of `Products`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["kind"] != KIND:
            raise _refused(
                path, str(told["kind"])[:80], f"{KIND}; the site needs the version of this machine"
            )
        if told.pop(HASH) != _hash(told):
            raise _refused(path, "other content than was written", "the file as the site wrote it")
        found = _arguments(told)
        wrong = contradiction(found)
    except DataError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _refused(path, getattr(error, "strerror", None) or "something else") from None
    if wrong:
        raise _refused(path, wrong, "counts and sums of one set of rows")
    return found


def _refused(path: Path, got: str, allowed: str = KIND) -> DataError:
    return DataError(
        f"{path.name}: this is not a file of cross products that can be used",
        got=got,
        allowed=allowed,
        hint="write one with oc.mmrm.products(...).write(path)",
    )


def _arguments(told: dict[str, Any]) -> dict[str, Any]:
    patterns = {(p["group"], tuple(p["visits"])): p for p in told["patterns"]}
    return dict(
        roles=Roles(**told["roles"]),
        levels={name: tuple(levels) for name, levels in told["levels"].items()},
        visits=tuple(told["visits"]),
        groups=tuple(told["groups"]),
        counts={key: p["subjects"] for key, p in patterns.items()},
        sums={key: np.array(p["sums"], dtype=np.float64) for key, p in patterns.items()},
        facts={key: _facts(p) for key, p in patterns.items()},
        excluded=told["excluded"],
        parts=frozenset(told["parts"]),
        **{name: told[name] for name in PLAIN},
    )


def _facts(told: dict[str, Any]) -> PatternFacts:
    cells = {tuple(cell): float(n) for cell, n in told["cells"]}
    moments = {n: (a, b) for n, (a, b) in told["moments"].items()}
    return PatternFacts(cells, moments, told["log_weights"], told["fewest"])


def _design(found: dict[str, Any], facts: PatternFacts) -> list[str]:
    """Return the names of the columns of the model's design."""
    none = np.zeros(0, dtype=np.intp)
    factors = {name: Factor(none, levels) for name, levels in found["levels"].items()}
    numbers = {name: np.zeros(0) for name in facts.moments}
    design = PlainDesign(found["n_obs"], parse(found["formula"]).terms, factors, numbers)
    return [str(name) for name in design.names]


def _within(code: int, most: int) -> bool:
    """Return whether a code is that of a level."""
    return 0 <= code < most


def contradiction(found: dict[str, Any]) -> str:
    """Return what of counts and sums cannot be of one set of rows; nothing when they can."""
    rows = {key: n * sum(key[1]) for key, n in found["counts"].items()}
    lost = sum(found["excluded"].values())
    if min([0, *found["excluded"].values()]) < 0 or found["received"] != found["n_obs"] + lost:
        return "rows that do not add up to those received"
    if found["subjects_received"] < found["n_subjects"]:
        return "more subjects than were received"
    for (group, seen), sums in found["sums"].items():
        visits = sum(seen)
        if not 0 <= group < len(found["groups"]) or len(seen) != len(found["visits"]) or not visits:
            return "a pattern of groups or visits that do not exist"
        if sums.ndim != 2 or len(sums) != visits * (visits + 1) / 2 or not np.isfinite(sums).all():
            return "sums that are no numbers, or too many or few of them"
        facts = found["facts"][group, seen]
        if not np.isclose(sum(facts.cells.values()), rows[group, seen]):
            return "rows by level that do not add up to the rows"
        most = [len(levels) for levels in found["levels"].values()]
        if any(len(cell) != len(most) or not all(map(_within, cell, most)) for cell in facts.cells):
            return "levels that do not exist"
        numbers = [facts.log_weights, *(value for pair in facts.moments.values() for value in pair)]
        if not np.isfinite(numbers).all() or not facts.fewest > 0:
            return "facts that are no numbers"
        width = int((np.sqrt(8 * sums.shape[1] + 1) - 1) / 2)
        if width != len(_design(found, facts)) + 1:
            return "sums of other columns than those of the formula"
        j, k = np.triu_indices(visits)
        of_visit = np.linalg.eigvalsh(unpack(sums[j == k], width))
        if (of_visit[:, 0] < -NOISE * np.abs(of_visit).max(axis=1)).any():
            return "sums of squares below zero"
    if any(n < 1 or n != int(n) for n in found["counts"].values()):
        return "counts that are no counts"
    if (sum(rows.values()), sum(found["counts"].values())) != (found["n_obs"], found["n_subjects"]):
        return "patterns that do not add up to the rows and subjects"
    return ""
