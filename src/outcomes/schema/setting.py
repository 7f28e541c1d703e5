"""What every part of study.toml is: unchanged once made, without unknown names, of the types as written."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

__all__ = ["Setting"]


class Setting(BaseModel):
    """A part of study.toml.

    A number or true in quotes is text, as everywhere in TOML, and is refused like any other text; and true is
    no number.

    Examples
    --------
    >>> class Kept(Setting):
    ...     reports: int = 60
    >>> Kept(reports="30")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for Kept
    reports
      not as written [type=int_type, input_value='30', input_type=str]
    """

    # what is part of another is never built alone
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[str(info.field_name)].annotation
        kinds = {kind, *get_args(kind)}
        for name, wanted, other in (
            ("int_type", int, (str, bool)),
            ("float_type", float, (str, bool)),
            ("bool_type", bool, (str, int)),
        ):
            if wanted in kinds and isinstance(value, other) and type(value) is not wanted:
                raise PydanticCustomError(name, "not as written")  # setting_fault says what it must be
        return value
