"""Pages of HTML by Jinja2: one file that loads nothing, in which all texts are escaped and only its own script runs."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).with_name("templates")


def rendered(template: str, **values: Any) -> str:
    """Return a page.

    The policy of the page allows nothing but its one style sheet and its one script, by their hashes, and images that
    are within it. All values are escaped, except for figures, which :mod:`wcheck.report.svg` has made safe.

    Parameters
    ----------
    template : str
        The name of the template.
    **values
        What it shows.
    """
    from markupsafe import Markup

    style, script = _style(), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    text: str = page.render(policy=policy, style=Markup(style), script=Markup(script), **values)
    return text


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["safe_svg"] = lambda vector: Markup(vector.text)
    return environment


@functools.cache
def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@functools.cache
def _style() -> str:
    """Return the style sheet, with the colours of figures on a dark page."""
    from wcheck.report.svg import DARK

    rules = [
        f".chart:not(.white) [{kind}='{light}']{{{kind}:{dark}}}"
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    ]
    return _asset("page.css").replace("/* figures in the dark */", "\n".join(rules))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
