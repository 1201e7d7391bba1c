"""Modules in files: a folder with weights, tensors alone, and a description as JSON. No code in them is run."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from wcheck._version import __version__
from wcheck.errors import SourceError
from wcheck.measures.tensors import read_pt
from wcheck.rows.replace import as_output_error, replacing

LONGEST = 1 << 24
"""The bytes of the longest description that is read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of saved module.

    Attributes
    ----------
    noun : str
        What people call it, and its files.
    formats : tuple of int
        Those of descriptions that are read; the last one is written.
    command : str
        What writes them.
    option : str
        That of the command which names the folder.
    instead : str
        How weights that are not in such a folder are given, if they can be.
    """

    noun: str
    formats: tuple[int, ...]
    command: str
    option: str = "--save"
    instead: str = ""

    @property
    def unwritable(self) -> str:
        """What to do about a folder that cannot be written."""
        return f"give another folder to {self.option}"

    @property
    def files(self) -> tuple[str, str]:
        """The names of the description and of the weights in the folder."""
        return f"{self.noun}.json", f"{self.noun}.pt"

    def write(self, folder: Path, network: nn.Module, description: Mapping[str, object]) -> None:
        """Write a module into a folder, which is made if it is not there.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        held = io.BytesIO()  # what fails in torch.save for want of room on the disk is no OSError
        torch.save({name: tensor.cpu() for name, tensor in network.state_dict().items()}, held)
        weights = held.getvalue()
        about = {
            "format": self.formats[-1],
            "wcheck": __version__,
            **description,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
        }
        with as_output_error(folder, self.unwritable):
            folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / self.files[1], self.unwritable) as file:
            file.write(weights)
        with replacing(folder / self.files[0], self.unwritable) as file:
            file.write(json.dumps(about, indent=1).encode() + b"\n")

    def describe(self, folder: Path) -> dict[str, Any]:
        """Return the description that :meth:`write` wrote.

        Raises
        ------
        SourceError
            If there is none, or it is of another format.
        """
        path = folder / self.files[0]
        try:
            if path.exists() and not path.is_file():
                raise ValueError("it is not a regular file")
            if path.stat().st_size > LONGEST:
                raise ValueError(f"it has more than {LONGEST:,} bytes")
            description = json.loads(path.read_text(encoding="utf-8"))
            written = description["format"]
        except Exception as error:  # a damaged file can make its readers raise anything
            raise self.unreadable(folder, error) from error
        if written not in self.formats:
            raise SourceError(
                f"{folder} holds no {self.noun} of this version: it has format {written}, written by wcheck "
                f"{description.get('wcheck')}, and wcheck {__version__} reads format "
                f"{' and '.join(map(str, self.formats))}; use that version, or train the {self.noun} again."
            )
        return cast("dict[str, Any]", description)

    def check_weights(self, folder: Path, network: nn.Module) -> None:
        """Raise a ValueError if the file does not hold the weights of a network, which may lie on the device meta."""
        wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        found = {name: tensor.shape for name, tensor in read_pt(folder / self.files[1]).items()}
        if wanted != found:
            raise ValueError("its weights are of another network")

    def read_weights(self, folder: Path, network: nn.Module, description: Mapping[str, Any]) -> None:
        """Give a network the weights that :meth:`write` wrote with a description.

        Whatever is wrong with the file is raised as it is; a ValueError if it is not the one that the description is of
        (until wcheck 0.1 none said).
        """
        path, known = folder / self.files[1], description.get("weights_sha256")
        weights = read_pt(path)
        if known not in (None, hashlib.sha256(path.read_bytes()).hexdigest()):
            raise ValueError("its weights are not those that were written with its description")
        network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})

    def fingerprint(self, folder: Path) -> str:
        """Return the SHA-256 of the files.

        Raises
        ------
        SourceError
            If they cannot be read.
        """
        sha = hashlib.sha256()
        try:
            for name in self.files:
                sha.update((folder / name).read_bytes())
        except OSError as error:
            raise self.unreadable(folder, error) from error
        return sha.hexdigest()

    def unreadable(self, folder: Path, error: Exception, about: str = "") -> SourceError:
        """Return what to say of a folder whose reading raised an error."""
        if isinstance(error, FileNotFoundError):
            inside = f"there is no file {Path(error.filename).name} in it"
            what = inside if folder.exists() else "there is no such folder"
            return SourceError(
                f"{folder} holds no {self.noun}: {what}; give a folder that {self.command} {self.option} wrote."
            )
        if isinstance(error, NotADirectoryError):
            return SourceError(
                f"{folder} is a file, and a saved {self.noun} is a folder: give one that {self.command} {self.option} "
                f"wrote{'; ' * bool(self.instead)}{self.instead}."
            )
        return SourceError(
            f"{folder} holds no {self.noun} that can be read ({type(error).__name__}{about}): its files are damaged or "
            f"do not belong together; give a folder that {self.command} {self.option} wrote."
        )
