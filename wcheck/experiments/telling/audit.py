"""What is said of a saved critic."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import cast

from wcheck.columns.rounding import rounded
from wcheck.rows.table import Row


def told(rows: Sequence[Row]) -> str:
    """Say what the critic claims and certifies, beside the exact distance."""
    row = rows[0]
    sentences = [_exact(row)]
    if row["status"] == "ok":
        sentences += [_claim(row), _slope(row), _transform(row)]
    return "\n".join(sentences)


def told_of_scales(row: Row, trained_on: Row) -> str:
    """Say so where the critic was trained on points of another scale than those of a row; nothing otherwise."""
    if trained_on["scale"] == row["scale"]:
        return ""
    return (
        f"The critic was trained on points of scale {trained_on['scale']}, and these are of scale {row['scale']}: "
        "see --scale."
    )


def _exact(row: Row) -> str:
    lower, upper = (cast("float", row[f"exact_{end}"]) for end in ("lower", "upper"))
    return (
        "The exact Wasserstein-1 distance between these two sets lies between "
        f"{rounded(lower, 6, ROUND_FLOOR)} and {rounded(upper, 6, ROUND_CEILING)}."
    )


def _claim(row: Row) -> str:
    sentence = f"The critic claims {_share(row, 'value', 'ratio')}"
    if row["normalised"] is not None:
        sentence += (
            f", or {_share(row, 'normalised', 'normalised_ratio')} after division by the steepest gradient that was "
            "met, which proves nothing"
        )
    return sentence + "."


def _slope(row: Row) -> str:
    if row["normalised_pairs"] is None:
        return "It rises from no point of Q to any point of P, so that no division makes it certify anything."
    sentence = (
        f"Division by the steepest rise from any point of Q to any of P, "
        f"{_number(row, 'lipschitz_pairs', ROUND_CEILING)}, "
        f"certifies {_share(row, 'normalised_pairs', 'normalised_pairs_ratio', ROUND_FLOOR)}"
    )
    if row["normalised_upper"] is None:
        return f"{sentence}. There is no bound of its slope everywhere: {row['lipschitz_upper_reason']}."
    return (
        f"{sentence}; by the bound of its slope everywhere, {_number(row, 'lipschitz_upper', ROUND_CEILING)}, "
        f"{_share(row, 'normalised_upper', 'normalised_upper_ratio', ROUND_FLOOR)}."
    )


def _transform(row: Row) -> str:
    return (
        f"Its c-transform certifies {_number(row, 'lower', ROUND_FLOOR)}, but of that "
        f"{_number(row, 'lower_constant', ROUND_FLOOR)} is no critic's merit: it is the mean distance to the nearest "
        "neighbour, which a constant certifies."
    )


def _number(row: Row, column: str, direction: str) -> str:
    return rounded(cast("float", row[column]), 4, direction)


def _share(row: Row, column: str, share: str, direction: str | None = None) -> str:
    value = cast("float", row[column])
    text = rounded(value, 4, direction) if direction else rounded(value, 4)
    return text if row[share] is None else f"{text} ({100 * cast('float', row[share]):.0f} %)"
