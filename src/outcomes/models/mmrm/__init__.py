"""Mixed models for repeated measures (MMRM).

`mmrm` reads a frame into arrays (intake, columns), sorts subjects into patterns of visits (patterns),
makes the design (formula, design) and its cross products (basis, products), climbs down the ladder of
covariance structures (fit) and hands back a result (result) that knows tests (inference, robust),
marginal means (margins, contrasts) and predictions (predict).
"""

from __future__ import annotations

from outcomes.models.mmrm.api import mmrm
from outcomes.models.mmrm.result import MMRMResult

__all__ = ["MMRMResult", "mmrm"]
