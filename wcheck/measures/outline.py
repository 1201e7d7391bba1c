"""The outline of a pickle: its contents, read from its instructions, none of which is executed."""

from __future__ import annotations

import pickletools
from dataclasses import dataclass

DTYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "uint16": "u2",
    "uint32": "u4",
    "uint64": "u8",
}
"""What torch calls its types of real numbers in a file, and what numpy calls them (which has no bfloat16)."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A dense tensor as a file describes it; nothing of it is checked.

    Attributes
    ----------
    dtype : str
        One of the values of :data:`DTYPES`.
    key : str
        The record that holds its numbers.
    offset : int
        Where in the record its first number is, counted in numbers.
    shape, strides : tuple of int
        Counted in numbers.
    """

    dtype: str
    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """Anything else that the file would have made, and by what: ``torch._utils._rebuild_sparse_tensor``."""

    by: str


def outline(data: bytes) -> object:
    """Return what a pickle holds: constants, tuples, lists and dicts of constants, tensors and what is not read.

    `torch.load(weights_only=True)` follows a list of instructions that is short, but includes to allocate as many
    bytes as the file says; two holes in it ran code (CVE-2025-32434, CVE-2026-24747). Here no instruction is followed:
    of all calls only those that torch writes for a dense tensor are understood, and what they would make is noted down.
    Time and memory are linear in the length of the pickle.

    Parameters
    ----------
    data : bytes
        A pickle of any protocol, such as the record ``data.pkl`` of what ``torch.save`` writes.

    Raises
    ------
    Exception
        An exception of some kind, if it is damaged.
    """
    stack: list[object] = []
    marks: list[int] = []
    memo: dict[object, object] = {}

    def since_mark() -> list[object]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    for code, argument, _ in pickletools.genops(data):
        name = code.name
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("EMPTY_LIST", "EMPTY_DICT"):
            stack.append([] if name == "EMPTY_LIST" else {})
        elif name == "EMPTY_SET":
            stack.append(Unread("builtins.set"))
        elif name == "ADDITEMS":
            since_mark()
        elif name == "FROZENSET":
            since_mark()
            stack.append(Unread("builtins.frozenset"))
        elif name.startswith(_VALUES):
            stack.append(argument)
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            stack.append(_Name(str(argument or f"{stack.pop(-2)} {stack.pop()}")))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments = stack.pop()
            stack.append(_called(stack.pop(), arguments))
        elif name == "BINPERSID":
            stack.append(_Storage(stack.pop()))
        elif name == "MARK":
            marks.append(len(stack))
        elif name in ("TUPLE", "LIST"):
            items = since_mark()
            stack.append(tuple(items) if name == "TUPLE" else items)
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ("APPENDS", "APPEND"):
            items = since_mark() if name == "APPENDS" else [stack.pop()]
            _extend(stack[-1], items)
        elif name in ("SETITEMS", "SETITEM"):
            items = since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            _update(stack[-1], items)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"):
            memo[len(memo) if name == "MEMOIZE" else argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memo[argument])
        elif name == "BUILD":
            stack.pop()  # attributes of an object that is not made
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"the instruction {name} is not one that torch.save writes")
    raise ValueError("it has no end")


_CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_VALUES: tuple[str, ...] = (
    "BININT",
    "INT",
    "LONG1",
    "LONG4",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "SHORT_BINSTRING",
)
_VALUES += ("BINSTRING", "BINBYTES", "SHORT_BINBYTES")


class _Name(str):
    """What a pickle names, as ``module name``."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """``("storage", type, key, location, size)``: a record of numbers."""

    reference: object


def _called(function: object, arguments: object) -> object:
    """Return what a call would have made."""
    if function == "collections OrderedDict" and arguments == ():
        return {}
    match function, arguments:
        case "torch._utils _rebuild_parameter", (parameter, *_):
            return parameter
        case "torch._utils _rebuild_tensor_v2", (_Storage(("storage", kind, key, *_)), *where):
            return _tensor(str(kind), key, where, where[5:])
        case "torch._utils _rebuild_tensor_v3", (_Storage(("storage", _, key, *_)), *where):
            return _tensor(str(where[5]), key, where, where[6:])
    return Unread(str(function).replace(" ", "."))


def _tensor(kind: str, key: object, where: list[object], flags: list[object]) -> StoredTensor | Unread:
    """Read ``offset, shape, strides`` and the flags, which are set where the sign of the numbers is turned later."""
    dtype = DTYPES.get(kind.removeprefix("torch "))
    if dtype is None or not isinstance(key, str):
        return Unread(kind.replace(" ", "."))
    if any(flags):
        return Unread("torch.conj or torch.neg, not yet carried out")
    offset, shape, strides = where[:3]
    if not (_are_lengths((offset,)) and _are_lengths(shape) and _are_lengths(strides)):
        raise ValueError(f"a tensor of shape {shape!r:.50} and strides {strides!r:.50} is none")
    return StoredTensor(dtype, key, offset, shape, strides)  # type: ignore[arg-type]


def _are_lengths(values: object) -> bool:
    return isinstance(values, tuple) and all(type(value) is int and value >= 0 for value in values)


def _extend(target: object, items: list[object]) -> None:
    if isinstance(target, list):
        target.extend(items)


def _update(target: object, items: list[object]) -> None:
    """Set ``key, value, key, value, ...``; keys that nobody can write on a command line are left out."""
    if isinstance(target, dict):
        pairs = zip(items[::2], items[1::2], strict=True)
        target.update((key, value) for key, value in pairs if isinstance(key, (str, int)))
