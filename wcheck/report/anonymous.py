"""What of a record may be told to strangers: files by their names, without the folders that they lie in."""

from __future__ import annotations

import re

_HOME = re.compile(r"(?:(?<=^)|(?<=[\s\"'=:,;(\[{@]))~[\w.-]*[/\\]")
_FOLDERS = re.compile(
    r"(?<![\w.~/*])(?<!https:)(?<!http:)(?:[A-Za-z]:)?(?:[/\\]+[^\s/\\\"'<>|*?:,;()\[\]{}]+)*[/\\]+(?=[^\s/\\])"
)


def anonymous(text: str) -> str:
    """Return text whose paths, absolute ones and those from a home, are names of files: ``/home/me/x.npy`` is x.npy.

    The folders of a person's machine reveal the user's name, and often more; a file is identified by its hash.
    """
    return _FOLDERS.sub("", _HOME.sub("/", text))
