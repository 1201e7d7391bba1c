"""A watch for your own training loop of a generator, which writes the rows of ``wcheck gan``."""

from __future__ import annotations

import math
import numbers
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from wcheck.errors import ParameterError, counted
from wcheck.experiments.gan import Gan
from wcheck.experiments.watch_log import Clock, WatchLog
from wcheck.experiments.watched import Watched, add_look
from wcheck.progress import remark
from wcheck.rng import derived_seed
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import os

    from torch import Tensor

    from wcheck.critics.foreign import Network

WAITING = 1024
"""Rows of batches that wait for the next look; more are written before it."""


class Watch:
    r"""Watch a training: called in every step, it evaluates the generator at some of them.

    An evaluation measures how far the generator is from the data: ``exact`` is the certified W1 between n of its points
    and n real points, and ``exact_real`` is that between n other real points and the same n. It also compares the loss
    with the exact distance of its own batch, and measures the spread, the sharpness and the originality of the points.
    The rows are those of ``wcheck gan``, and ``wcheck plot`` draws the same figures of them.

    Between evaluations, a call only copies the batches on their device, without waiting. It leaves gradients, modes,
    buffers and torch's random numbers unchanged, and keeps no tensor or network alive. Close the watch at the end, or
    use it in a ``with`` block.

    Parameters
    ----------
    real : array, tensor, data frame, Measure or str
        At least 2 n real points on which the generator is *not* trained, or a source of such points.
    n : int, optional
        The number of points on each side of an exact distance; by default 1,000, or half of ``real`` if that is less.
    every : int
        The number of steps between two evaluations: there is one at each multiple of it.
    output : path, optional
        A CSV file for the rows, with its sidecar; an interrupted run is continued in it. In memory if left out.
    batch_exact : bool
        Whether evaluations compute the exact distance between the batches of their step.
    batch_exact_every : int, optional
        Steps between two rows with such a distance, solved in bulk; if left out, only evaluations have one.
    train : array, tensor, data frame, Measure or str, optional
        The points that the generator is trained on, for ``nearest`` and ``copied``.
    grad_points : int
        The number of points over which the largest gradient norm of a critic is taken.
    collapse : float
        The spread below which the status is ``collapsed``, if the spread was larger at an earlier evaluation.
    feature_space : str, optional
        The embedding in which energy distances are measured, such as ``"classifier:digits"``.
    data_seed : int
        The seed for splitting ``real`` into two halves.
    device : str
        The device on which exact distances are computed.
    overwrite : bool
        Whether an existing file is replaced instead of continued.
    **settings
        The settings of the game for the rows, by the names of columns, such as ``lipschitz="gp", penalty=10.0``. If
        ``objective`` is given, the rows also say what the loss approximates, and its share of the distance.

    Raises
    ------
    ParameterError, SourceError
        If a value is not allowed, or points cannot be read or are too few.
    OutputError
        If the file cannot be written, or belongs to another run.

    Examples
    --------
    >>> import torch
    >>> with Watch(torch.randn(80, 2), every=10) as watch:
    ...     for step in range(1, 21):
    ...         watch(step, fake=torch.randn(8, 2), real=torch.randn(8, 2))
    >>> [row["step"] for row in watch.rows()]
    [10, 20]
    """

    def __init__(
        self,
        real: Any,
        *,
        n: int | None = None,
        every: int = 500,
        output: str | os.PathLike[str] | None = None,
        batch_exact: bool = True,
        batch_exact_every: int | None = None,
        train: Any = None,
        grad_points: int = 1000,
        collapse: float = Gan.collapse,
        feature_space: str | None = None,
        data_seed: int = 0,
        device: str = "cpu",
        overwrite: bool = False,
        **settings: Any,
    ) -> None:
        from wcheck.estimators.batches import BatchDistances
        from wcheck.learning.recent import Recent

        positive = {"every": every, "batch_exact_every": batch_exact_every, "grad_points": grad_points}
        for name, value in positive.items():
            if value is not None and not (isinstance(value, numbers.Integral) and value >= 1):
                raise ParameterError(f"{name} is {value}: give an integer of at least 1.")
        if batch_exact_every is not None and not batch_exact:
            raise ParameterError("batch_exact_every is given, but batch_exact is False: give one of the two.")
        self._watched = Watched.of(
            real, train, n, settings, collapse=collapse, feature_space=feature_space, data_seed=data_seed, device=device
        )  # fmt: skip
        self._every, self._batch_every, self._grad_points = every, batch_exact_every or every, grad_points
        self._distances = BatchDistances() if batch_exact else None
        self._recent = Recent(len(self._watched.parts["reference"]))
        config = {**positive, "batch_exact": batch_exact, **self._watched.config()}
        self._log = WatchLog(output, config, overwrite, self._watched.shared)
        self._end = weakref.finalize(self, self._log.close)
        self._clock: Clock | None = None
        self._last = -1

    def __repr__(self) -> str:
        """Return the size of its samples, how often it looks, and where it is."""
        return f"Watch(n={len(self._watched.parts['reference'])}, every={self._every}, step={max(self._last, 0)})"

    def __call__(
        self,
        step: int,
        *,
        fake: Tensor | None = None,
        real: Tensor | None = None,
        loss: Tensor | float | None = None,
        critic: Network | None = None,
        value_of_step: Tensor | float | None = None,
        generator_loss: Tensor | float | None = None,
        sample: Callable[[int], Tensor] | None = None,
        look: bool | None = None,
    ) -> None:
        """Take note of a step.

        Parameters
        ----------
        step : int
            Its number; numbers grow.
        fake, real : Tensor, shapes (k, ...) and (m, ...), optional
            Its batches of generated and of real points, on any device, those that ``loss`` is of.
        loss : Tensor or float, optional
            What the critic ascends on at these batches, for a WGAN ``critic(real).mean() - critic(fake).mean()``.
        critic : Module or callable, optional
            Maps points, in the shape of ``fake``, to a value each; looked at in its evaluation mode, at looks alone.
        value_of_step, generator_loss : Tensor or float, optional
            What the critic's optimiser saw, and what the generator descends on.
        sample : callable, optional
            Maps n to n points of the generator, for looks; its random numbers are the same at all of them. If left out,
            a look takes the last n points of ``fake`` that calls brought, which are of some steps before as well.
        look : bool, optional
            Whether this is a look; by default where ``every`` divides the step.

        Raises
        ------
        ParameterError
            If steps do not grow, or a tensor has another shape than it should.
        OutputError
            At the first call, if all rows of the file are of later steps.
        """
        import torch

        from wcheck.critics.foreign import untouched

        begin = time.perf_counter()
        with torch.inference_mode(False):
            clock = self._start(step, begin)
            now = clock.training(begin)
            looking = step % self._every == 0 if look is None else look
            fake, real = (self._points(name, batch) for name, batch in (("fake", fake), ("real", real)))
            if fake is not None and sample is None:
                self._recent.add(fake)
            said = {"loss": loss, "value_of_step": value_of_step, "generator_loss": generator_loss}
            measured = False
            if self._distances is not None and fake is not None and real is not None:
                measured = looking or step % self._batch_every == 0
                if measured:
                    self._distances.add(step, real, fake, **said, seconds=now)
            if looking:
                rows = self._collected()
                if not measured:
                    own = {name: None if value is None else float(value) for name, value in said.items()}
                    rows.append(self._watched.batch({"step": step, "seconds": now, **own}))
                with untouched(critic):
                    add_look(rows[-1], self._look(sample, critic))
                self._log.write(rows)
            elif self._distances is not None and self._distances.waiting >= WAITING:
                self._log.write(self._collected())
        clock.own += time.perf_counter() - begin

    @property
    def seconds(self) -> float:
        """The time spent in calls so far, in seconds, including evaluations."""
        return 0.0 if self._clock is None else self._clock.own

    @property
    def batch_seconds(self) -> float:
        """The part of :attr:`seconds` that the distances of batches took, including copies."""
        return 0.0 if self._distances is None else self._distances.seconds

    def rows(self) -> list[Row]:
        """Return the rows so far, with the columns of ``wcheck gan``; if there is a file, they are read from it."""
        return self._log.read()

    def close(self) -> None:
        """Write the remaining rows and close the file; the watch cannot be called afterwards.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        if not self._end.alive:
            return
        begin = time.perf_counter()
        self._log.finish(self._collected())
        self._end()
        if self._clock is not None:
            self._clock.own += time.perf_counter() - begin
            calls, batches = (part / self._clock.whole() for part in (self.seconds, self.batch_seconds))
            remark(
                f"{calls:.2%} of the time was spent in the watch, {batches:.2%} on the distances of batches."
            )

    def __enter__(self) -> Self:
        """Enter a run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close; a run that ends by an error is one that can be resumed."""
        if kind is None:
            self.close()
        elif self._end.alive:
            self._log.write(self._collected())
            self._end()

    def _start(self, step: int, now: float) -> Clock:
        """Take the next step, and with the first one continue after the rows before it."""
        if not self._end.alive:
            raise ParameterError("the watch is closed: make a new one, which continues in the same file.")
        if step <= self._last:
            raise ParameterError(
                f"step is {step}, after {self._last}: steps must increase; if the training goes back, make a new Watch."
            )
        self._last = step
        self._clock = self._clock or Clock(now, *self._log.go_on(step))
        return self._clock

    def _points(self, name: str, batch: Any) -> Tensor | None:
        import torch

        if batch is None:
            return None
        points, dim = torch.as_tensor(batch), self._watched.parts["reference"].dim
        if points.ndim == 0 or math.prod(points.shape[1:]) != dim:
            raise ParameterError(
                f"{name} has shape {tuple(points.shape)}, but the real points of this watch have dimension {dim}: "
                f"give one row of {counted(dim, 'number')} per point."
            )
        return points

    def _look(self, sample: Callable[[int], Tensor] | None, critic: Network | None) -> Row:
        """Say what is seen of the generator, if n of its points are there, and of the critic."""
        import torch

        if sample is None:
            points = self._recent.points()
        else:
            torch.manual_seed(derived_seed(0, "watch", "samples"))
            n = len(self._watched.parts["reference"])
            with torch.no_grad():
                points = self._points("sample(n)", sample(n))
            if (count := 0 if points is None else len(points)) != n:
                raise ParameterError(f"sample({n}) returns {counted(count, 'point')}: give {n}.")
        if points is None:
            return {}
        seen = self._watched.look(points, self._log.widest)
        return seen | self._watched.critic(critic, points, self._grad_points)

    def _collected(self) -> list[Row]:
        if self._distances is None or self._clock is None:
            return []
        found, before = self._distances.take(), self._clock.batches_before
        return [
            self._watched.batch(each) | {"batch_seconds": before + self._distances.seconds} for each in found
        ]
