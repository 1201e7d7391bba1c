"""Following a network while it computes: each of its values gets a bound of its slope from the function that made it.

Nothing is traced or computed again: what is followed is the network itself, with its hooks, its own forwards and its
changes in place. Calls of torch's functions are seen as they are made (:class:`torch.overrides.TorchFunctionMode`);
beneath them every elementary operation (:class:`torch.utils._python_dispatch.TorchDispatchMode`), so that what comes by
a way without a rule, draws at random, or changes what outlives the call is noticed, whatever it is called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from wcheck.critics.layer_norms import noting
from wcheck.critics.operation_rules import SHAPES, found_in, name_of, rule_of, short_name
from wcheck.critics.values import MIXES, Call, Memory, UnboundedError, Value, flat, mapped

FLOATS = (torch.float32, torch.float64)
RRELU = "aten::rrelu"
"""An operation that counts as one that draws even where it does not; its rule knows."""
FRESH = (torch.ops.aten.lift_fresh.default,)
"""Elementary operations that return the new tensor that they are given."""


class Follower(TorchFunctionMode):
    """Follow one call of a network.

    Parameters
    ----------
    points : Tensor, shape (n, d)
    memory : dict
        Norms that are known, and will be.
    stale : set of int
        Storages of what earlier calls computed; a network that reads them remembers.

    Attributes
    ----------
    layers : dict of str to float
        The norm of each layer that was called on one value, by its name in the network: the largest of all its calls.
    calls : int
        How many functions were called on values.
    storages : set of int
        The storages of all values.
    """

    def __init__(self, points: Tensor, memory: Memory, stale: set[int]) -> None:
        super().__init__()
        self.layers: dict[str, float] = {}
        self.calls = 0
        self._points, self._memory, self._stale = len(points), memory, stale
        self._values: dict[int, Value] = {}
        self.storages: set[int] = set()
        self._own: set[int] = set()
        self._changed: set[int] = set()
        self._inside, self._at_rest = False, False
        self._refusal: str | None = None
        self.keep(Value(points, 1.0))

    def follow(self, network: nn.Module, points: Tensor) -> tuple[Tensor, float]:
        """Call a network on the points, and return its values with their slope: 0 where they depend on nothing.

        Raises
        ------
        UnboundedError
            If the slope of what it returns is not known.
        """
        try:
            with noting(network, self), torch.no_grad(), _Guard(self), self:
                values = network(points)
        except UnboundedError:
            raise
        except Exception as error:  # what a user's forward raises can be anything
            raise UnboundedError(f"its forward cannot be followed ({type(error).__name__})") from error
        if self._refusal is not None:  # a forward may have swallowed the error
            raise UnboundedError(self._refusal)
        if not isinstance(values, Tensor) or values.ndim == 0 or len(values) != self._points:
            raise UnboundedError("its forward does not return one value for each point")
        value = self.value_of(values)
        if value is not None and value.reason is not None:
            raise UnboundedError(value.reason)
        return values, 0.0 if value is None else value.slope

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function of torch, and note how steep what it returns is."""
        kwargs = dict(kwargs or {})
        if self._inside or self._at_rest:
            return function(*args, **kwargs)
        values = [value for one in flat((args, kwargs)) if (value := self.value_of(one)) is not None]
        if not values:
            return function(*args, **kwargs)
        self.calls += 1
        try:
            name = name_of(function)
        except UnboundedError as unbounded:
            self.refuse(str(unbounded))
        if found_in(SHAPES, name) and len(values) == 1 and (not args or args[0] is values[0].tensor):
            with self._within():
                return function(*args, **kwargs)
        # as they were: the call may change them
        was = {id(value.tensor): self.frozen(value) for value in values}
        self._changed.clear()
        with self._within():
            result = function(*args, **kwargs)
        call = Call(function, _valued(args, was), _valued(kwargs, was), result, self._points, self._memory)
        self._note(name, call, _storages((args, kwargs)))
        return result

    def refuse(self, reason: str) -> None:
        """Leave the whole network without a bound, even if its forward catches the error.

        Raises
        ------
        UnboundedError
            Always.
        """
        self._refusal = self._refusal or reason
        raise UnboundedError(reason)

    def keep(self, value: Value) -> None:
        """Know a tensor by a value from now on."""
        with self._rest():
            self._values[id(value.tensor)] = value  # which holds the tensor, so that its id stays its own
            self.storages.add(_storage(value.tensor))

    def value_of(self, one: object) -> Value | None:
        """Return what is known of a tensor; None if it does not depend on the points."""
        if not isinstance(one, Tensor):
            return None
        with self._rest():
            known = self._values.get(id(one))
            unknown = known is None and _storage(one) in self.storages
        if unknown:
            self.refuse("its forward reads a value in a way that cannot be followed")
        return known

    def frozen(self, value: Value) -> Value:
        """Return a value as it is now, whatever is done to its tensor."""
        with self._rest():
            return Value(value.tensor.clone(), value.slope, value.reason, value.padded)

    def look(self, operation: Any, args: Any, kwargs: Any) -> set[int]:
        """Look at an elementary operation that is about to be computed, and return the storages that it is given."""
        if self._at_rest:
            return set()
        with self._rest():
            given = [(argument, _storage(one)) for argument, one in _arguments(operation, args, kwargs)]
        if torch.Tag.nondeterministic_seeded in operation.tags and not operation._schema.name.startswith(
            RRELU
        ):
            self.refuse("its forward draws at random")
        for argument, storage in given:
            if storage in self._stale:
                self.refuse("its forward reads what an earlier call left behind")
            if storage in self.storages and not self._inside:
                self.refuse(f"its forward computes in a way that cannot be followed ({operation})")
            if argument.alias_info is not None and argument.alias_info.is_write:
                if storage not in self._own:
                    self.refuse("its forward changes its input, its weights or its buffers")
                self._changed.add(storage)
        return set() if operation in FRESH else {storage for _, storage in given}

    def made(self, result: Any, given: set[int]) -> None:
        """Note what an elementary operation returned: what is new, the forward may change."""
        if not self._at_rest:
            with self._rest():
                self._own |= _storages(result) - given

    def _note(self, name: str, call: Call, given: set[int]) -> None:
        results = [one for one in flat(call.result) if isinstance(one, Tensor)]
        returned = _storages(results) & self.storages
        if not self._changed & given <= returned:
            self.refuse(f"{short_name(name)} changes a tensor in place that it does not return")
        if not results or not all(isinstance(one, Tensor | None) for one in flat(call.result)):
            self.refuse(
                f"its forward takes values out of torch ({short_name(name)}), where they are not followed"
            )
        slope, reason = self._slope(name, call)
        for value in list(self._values.values()):
            if _storage(value.tensor) in self._changed:
                self.keep(
                    Value(value.tensor, math.inf, "a value that was changed in place under another name")
                )
        for one in results:
            known = self._values.get(id(one))
            if known is not None and _storage(one) not in self._changed:
                continue  # what returns its argument as it was
            self.keep(self._checked(name, Value(one, slope, reason, call.padded)))

    def _slope(self, name: str, call: Call) -> tuple[float, str | None]:
        for value in call.values:
            if value.reason is not None:
                return math.inf, value.reason
        try:
            rule = rule_of(name)
            with self._rest():
                return rule(call, *call.args, **call.kwargs), None
        except UnboundedError as unbounded:
            return math.inf, str(unbounded)
        except Exception:  # a call that the rule's own parameters do not fit, or that it cannot repeat
            return math.inf, f"no rule for {short_name(name)} with these arguments"

    def _checked(self, name: str, value: Value) -> Value:
        if value.reason is not None:
            return value
        if value.tensor.ndim == 0 or len(value.tensor) % self._points:
            return Value(value.tensor, math.inf, MIXES)
        if value.tensor.dtype not in FLOATS:
            return Value(
                value.tensor,
                math.inf,
                f"{short_name(name)} returns {value.tensor.dtype}: only float32 and float64 are followed",
            )
        return value

    @contextmanager
    def _within(self) -> Iterator[None]:
        self._inside = True
        try:
            yield
        finally:
            self._inside = False

    @contextmanager
    def _rest(self) -> Iterator[None]:
        before, self._at_rest = self._at_rest, True
        try:
            yield
        finally:
            self._at_rest = before


class _Guard(TorchDispatchMode):
    """Shows a follower every elementary operation."""

    def __init__(self, follower: Follower) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._follower = follower

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = self._follower.look(operation, args, kwargs or {})
        result = operation(*args, **(kwargs or {}))
        self._follower.made(result, given)
        return result


def _arguments(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[Any, Tensor]]:
    """Yield the tensors that an operation is given, each with what the operation says of that argument."""
    for place, argument in enumerate(operation._schema.arguments):
        given = args[place] if place < len(args) else kwargs.get(argument.name)
        for one in flat(given):
            if isinstance(one, Tensor):
                yield argument, one


def _storages(nested: Any) -> set[int]:
    return {_storage(one) for one in flat(nested) if isinstance(one, Tensor)}


def _storage(tensor: Tensor) -> int:
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):  # of a kind that has none
        return id(tensor)


def _valued(nested: Any, values: dict[int, Value]) -> Any:
    return mapped(nested, lambda one: values.get(id(one), one))
