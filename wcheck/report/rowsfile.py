"""A file of rows as part of a page: its own bytes as a download, and its record of how it was made."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wcheck.errors import OutputError
from wcheck.report.anonymous import anonymous
from wcheck.rows import sidecar

LARGEST = 1 << 25
"""The largest size of a file that is put into the page, in bytes; a larger file is named, with its hash."""
PLAIN = 1 << 16
"""The size up to which a file is put into the page as it is, in bytes; a larger file is compressed, and the page's
script decompresses it for the download."""
_UNITS = ("bytes", "kB", "MB", "GB")


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A file of rows.

    Attributes
    ----------
    name : str
        The name of the file.
    href : str
        A link that holds all of its bytes; empty where the file is too large.
    compressed : bool
        Whether these bytes are compressed by gzip.
    size, rows : str
        The size of the file and its number of rows, in words; ``rows`` is empty where there is no record.
    facts : mapping
        The provenance of the file: the name of each fact -> its text.
    command : str
        The command that wrote the file, without folders; empty where it is not known.
    """

    name: str
    href: str
    compressed: bool
    size: str
    rows: str
    facts: Mapping[str, str]
    command: str

    @staticmethod
    def read(path: Path) -> RowsFile:
        """Read a file and the record beside it."""
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        compressed = len(content) > PLAIN
        kind, within = (
            ("application/gzip", gzip.compress(content, mtime=0)) if compressed else ("text/csv", content)
        )
        href = f"data:{kind};base64,{base64.b64encode(within).decode()}" if len(content) <= LARGEST else ""
        try:
            record = sidecar.read(path.with_name(path.name + ".json"))
        except OutputError:
            record = {}
        return RowsFile(
            path.name,
            href,
            compressed,
            sized(len(content)),
            f"{record['rows']:,} rows" if record else "",
            dict(_facts(record, digest)),
            anonymous(str(record.get("command", ""))),
        )


def sized(count: int) -> str:
    """Write a number of bytes: ``12.3 kB``."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}"


def versions_told(versions: object) -> str:
    """Write the versions of packages in a line."""
    if not isinstance(versions, Mapping):
        return ""
    return anonymous(", ".join(f"{name} {each}" for name, each in versions.items() if each is not None))


def _facts(record: Mapping[str, Any], digest: str) -> list[tuple[str, str]]:
    if not record:
        return [
            ("SHA-256 of the rows", digest),
            ("Record", "there is none beside the file, so how the rows were made is not known"),
        ]
    config = record["config"]
    preprocessing = config.get("preprocessing")
    seeds = {
        "": config.get("seed"),
        " (of the data)": preprocessing.get("data_seed") if isinstance(preprocessing, Mapping) else None,
    }
    changed = record["sha256"] != digest
    told = [
        ("Experiment", record["experiment"]),
        (
            "Status",
            record["status"] + (", but the rows were changed after wcheck wrote them" if changed else ""),
        ),
        ("Seeds", "; ".join(f"{_listed(value)}{what}" for what, value in seeds.items() if value is not None)),
        ("Data", "; ".join(_measures(config))),
        ("Versions", versions_told(record.get("versions"))),
        ("Platform", record.get("platform", "")),
        ("Threads", record.get("threads", "")),
        ("Started", record["started"]),
        ("Ended", record.get("ended", "")),
        ("Seconds", record.get("seconds", "")),
        ("SHA-256 of the rows", digest),
    ]
    return [(name, anonymous(str(value))) for name, value in told if value not in ("", None)]


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _measures(config: Mapping[str, Any]) -> list[str]:
    """Return each set of points that the rows are about, with the beginning of its hash."""
    found = config.get("measures")
    if not isinstance(found, Mapping):
        return []
    measures = [each for each in found.values() if isinstance(each, Mapping)]
    return [f"{each.get('name')} (SHA-256 {str(each.get('sha256'))[:12]}...)" for each in measures]
