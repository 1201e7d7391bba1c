"""The vocabulary: every setting and every column of rows, each defined once."""

from wcheck.columns.column import Column, Role, Setting
from wcheck.columns.registry import find, named, names, register, settings

__all__ = ["Column", "Role", "Setting", "find", "named", "names", "register", "settings"]
