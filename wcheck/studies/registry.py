"""All studies, in the order of the page."""

from __future__ import annotations

from wcheck.studies.study import Study

STUDIES: tuple[Study, ...] = ()
