"""Rows as a table for people: the columns that fit, rounded (bounds outwards), with shared values given once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wcheck.cli.grid import GAP, Strip, blocks, drawn, fitting, folded
from wcheck.columns import Role, find
from wcheck.columns.layout import Layout
from wcheck.columns.rounding import cell
from wcheck.rows.table import Row

LONGEST = 40
"""The number of rows up to which a table is shown whole."""
HEAD, TAIL = 20, 10
"""The number of first and of last rows that are shown of a longer one."""
NARROW = 24
"""Characters for what a quantity is, below which it is not said."""
NAMED = 8
"""The number of columns that are not shown and still named."""
ELLIPSIS = "..."
STATUS = "status"
"""The column that stands last."""


def show(
    columns: Sequence[str],
    rows: Sequence[Row],
    layout: Layout | None = None,
    *,
    chosen: Sequence[str] = (),
    whole: bool = False,
) -> None:
    """Print rows on standard output as a table, and below it what its columns are; no line is wider than the terminal.

    Where rows differ, the table has the settings that tell them apart, then the columns that the layout leads with,
    then the vocabulary's headlines, and the status if it differs. One row alone is printed a line a quantity.

    Parameters
    ----------
    columns : sequence of str
        The columns of the rows, in order; those that are blank in all rows are left out.
    rows : sequence of dict
        What to print.
    layout : Layout, optional
        What the table leads with, and what its columns are called.
    chosen : sequence of str
        The columns to show beside the settings, in this order, in place of those of the layout and the headlines.
    whole : bool
        Whether to show all rows, and all columns that differ, in several tables one below the other if need be.
    """
    from rich.console import Console
    from rich.text import Text

    layout = layout or Layout()
    console = Console(highlight=False)
    for number, part in enumerate(_parts(rows, layout.apart)):
        if number:
            console.print()
        table = _Shown(columns, part, layout, chosen, whole)
        lines = table.lines(console.width, "-" if console.options.ascii_only else "─")
        console.print(Text("\n".join(lines)), soft_wrap=True)


def _parts(rows: Sequence[Row], apart: str) -> list[Sequence[Row]]:
    """Return the rows in which a column is blank, and the others, each if there are any."""
    parts = [[row for row in rows if (row.get(apart) is None) is blank] for blank in (True, False)]
    return [part for part in parts if part]


class _Shown:
    """What is shown of rows."""

    def __init__(
        self, columns: Sequence[str], rows: Sequence[Row], layout: Layout, chosen: Sequence[str], whole: bool
    ) -> None:
        self.rows, self.layout, self.whole = rows, layout, whole
        self.filled = [column for column in columns if any(row.get(column) not in (None, "") for row in rows)]
        differing = [name for name in self.filled if any(row.get(name) != rows[0].get(name) for row in rows)]
        apart = [name for name in differing if name not in (*chosen, *layout.aside) and _tells_apart(name)]
        self.implied = [] if whole else list(_implied(apart, rows))
        self.keys = [name for name in apart if name not in self.implied]
        alone = len(rows) == 1
        told = chosen or [
            *layout.leading,
            *(name for name in (self.filled if alone else differing) if _is_headline(name)),
            *((self.filled if alone else differing) if whole else ()),
        ]
        self.told = [
            name for name in dict.fromkeys(told) if name in self.filled and name not in self.keys
        ] or self.filled[: not self.keys]
        self.more = [name for name in differing if name not in (*self.keys, *self.told, *self.implied)]

    def lines(self, width: int, rule: str) -> Iterator[str]:
        """Yield all lines: the table, what its columns are, what is not shown, and what all rows share."""
        if len(self.rows) == 1:
            yield from self._list(width)
            shown = self.told
        else:
            keys, told = ([self._strip(name) for name in names] for names in (self.keys, self.told))
            parts = list(blocks(keys, told, width)) if self.whole else [fitting(keys, told, width)]
            for part in parts:
                last = sorted(part, key=lambda strip: strip.name == STATUS)
                yield from [*drawn(last, width, rule=rule), ""]
            shown = [strip.name for part in parts for strip in part]
            yield from self._legend([name for name in self.told if name in shown], width)
        for sentence in self._below(shown):
            yield from folded(sentence, width)

    @property
    def _left_out(self) -> int:
        return 0 if self.whole or len(self.rows) <= LONGEST else len(self.rows) - HEAD - TAIL

    def _strip(self, name: str) -> Strip:
        texts = [cell(name, row.get(name), self.layout.digits) for row in self.rows]
        if self._left_out:
            texts = [*texts[:HEAD], ELLIPSIS, *texts[-TAIL:]]
        is_number = all(isinstance(row.get(name), int | float | None) for row in self.rows)
        return Strip(name, self.layout.header(name), texts, is_number)

    def _list(self, width: int) -> Iterator[str]:
        """Yield a line for each quantity of the one row: what it is called, its value, what it is."""
        (row,) = self.rows
        texts = {name: cell(name, row.get(name)) for name in self.told}
        heads = {name: self.layout.header(name) for name in self.told}
        head_width = max(map(len, heads.values()))
        value_width = max((len(text) for text in texts.values() if len(text) <= NARROW), default=0)
        for name, text in texts.items():
            before = f"{heads[name]:{head_width}}{' ' * GAP}{text:{value_width}}{' ' * GAP}"
            about = "" if self.whole or len(text) > NARROW else self._about(name)
            if about and width - len(before) >= NARROW:
                yield from folded(before + about, width, len(before))
            else:
                yield from folded(before.rstrip(), width, head_width + GAP)

    def _legend(self, names: Sequence[str], width: int) -> Iterator[str]:
        """Yield what the columns of a table are."""
        about = {self.layout.header(name): self._about(name) for name in names}
        widest = max(map(len, about), default=0)
        for header, text in about.items():
            if text:
                yield from folded(f"{header:{widest}}{' ' * GAP}{text}", width, widest + GAP)

    def _about(self, name: str) -> str:
        """Return what a column is, after its name where that does not stand over it."""
        plain = self.layout.header(name).removesuffix(" %").replace(" ", "_")
        gist = self.layout.gist(name) if name != STATUS else ""
        return f"{name}: {gist}" if gist and plain != name else gist

    def _below(self, shown: Sequence[str]) -> Iterator[str]:
        if self._left_out:
            yield (
                f"{self._left_out:,} of {len(self.rows):,} rows are not shown: --wide shows all of them, and -o "
                "FILE.csv writes them to a file."
            )
        if hidden := [name for name in (*self.keys, *self.told, *self.more) if name not in shown]:
            others = f" and {len(hidden) - NAMED} more" if len(hidden) > NAMED else ""
            yield f"More columns (--wide, or --show NAME,NAME): {', '.join(hidden[:NAMED])}{others}."
        if self.implied:
            yield f"Where they apply: {', '.join(map(self._only, self.implied))}."
        same = [
            name
            for name in self.filled
            if name not in (*shown, *self.keys, *self.told, *self.more, *self.implied)
        ]
        if same:
            yield f"{'Besides' if len(self.rows) == 1 else 'In all rows'}: {', '.join(map(self._only, same))}."

    def _only(self, name: str) -> str:
        """Return a column with the one value that it has."""
        known = find(name)
        text = cell(name, next(row[name] for row in self.rows if row.get(name) is not None))
        return f"{name}={text}{' %' * (known is not None and known.percent)}"


def _tells_apart(name: str) -> bool:
    """Whether a column that differs is shown before all others: it tells rows apart, or nothing is known of it."""
    known = find(name)
    return known is None or known.role in (Role.SETTING, Role.STATUS)


def _implied(names: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """Yield columns that have one value or are blank, and are so by the others: where a method has no such setting."""
    single = [name for name in names if len({row[name] for row in rows if row.get(name) is not None}) == 1]
    others = [name for name in names if name not in single]
    for name in single:
        found = {(tuple(row.get(other) for other in others), row.get(name)) for row in rows}
        if len(found) == len({key for key, _ in found}):
            yield name


def _is_headline(name: str) -> bool:
    known = find(name)
    return known is not None and (known.headline or known.role is Role.STATUS)
