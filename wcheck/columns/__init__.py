"""The vocabulary: every setting and every column of rows, said once."""

from wcheck.columns.column import Column, Role, Setting
from wcheck.columns.registry import find, named, register, settings

__all__ = ["Column", "Role", "Setting", "find", "named", "register", "settings"]
