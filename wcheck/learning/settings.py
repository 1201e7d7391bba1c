"""Settings as fields of frozen dataclasses: each says in one place what it may be, and is checked by that."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from wcheck.columns.choices import LITERATURE
from wcheck.errors import ParameterError, not_one_of


@dataclass(frozen=True, slots=True)
class Range:
    """Finite numbers from a lowest one on, which may itself be left out, to below a highest one."""

    low: float
    with_low: bool = True
    below: float = math.inf

    def __contains__(self, value: float) -> bool:
        """Whether a number lies within."""
        return (self.low <= value if self.with_low else self.low < value) and value < self.below

    def __str__(self) -> str:
        """Say what lies within."""
        low = f"of at least {self.low:g}" if self.with_low else f"above {self.low:g}"
        high = "" if self.below == math.inf else f" and below {self.below:g}"
        return f"a finite number {low}{high}"


def number(default: float, allowed: Range) -> Any:
    """Return the field of a setting that is a number, by default as published."""
    return field(default=default, metadata={"allowed": allowed})


def choice(default: str, allowed: Collection[str]) -> Any:
    """Return the field of a setting that is one of some names, by default as published."""
    return field(default=default, metadata={"choices": allowed})


@dataclass(frozen=True, slots=True)
class Checked:
    """A dataclass whose settings are the fields made by :func:`number` and :func:`choice`, which are checked.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    def __post_init__(self) -> None:
        """Check the settings."""
        for setting in fields(self):
            allowed, value = setting.metadata.get("allowed"), getattr(self, setting.name)
            if allowed is not None and value not in allowed:
                raise ParameterError(
                    f"{setting.name} is {value}: give {allowed}, such as {setting.default:g}."
                )
            if choices := setting.metadata.get("choices"):
                check_choice(setting.name, value, choices)

    @classmethod
    def settings(cls) -> tuple[Field[Any], ...]:
        """Return the fields that are settings."""
        return tuple(setting for setting in fields(cls) if setting.metadata)

    @classmethod
    def names(cls) -> set[str]:
        """Return the names of the settings."""
        return {setting.name for setting in cls.settings()}

    def chosen(self) -> dict[str, Any]:
        """Return the settings by their names."""
        return {setting.name: getattr(self, setting.name) for setting in self.settings()}


def check_choice(name: str, value: str, allowed: Collection[str]) -> None:
    """Refuse a name that is not one of those allowed."""
    if value not in allowed:
        meant = LITERATURE.get(str(value).lower(), "") if name in ("objective", "lipschitz") else ""
        raise not_one_of(name, value, allowed, meant=meant)


def given_of(settings: Iterable[Field[Any]], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those options that are settings and have a value: None and no values at all stand for the default."""
    return {
        setting.name: options[setting.name]
        for setting in settings
        if options.get(setting.name) not in (None, ())
    }
