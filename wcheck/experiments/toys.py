r"""Measures whose distances are known, and what is computed for them: what ``wcheck toys`` runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from wcheck.errors import not_one_of
from wcheck.experiments.base import Experiment
from wcheck.experiments.telling import toys as telling
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOLERANCE = 1e-9
"""Relative to the greatest of both and 1: further apart, a computed value is not the closed form."""
MARGIN = 2.0
"""The margin of the energy-based discriminator."""
CELLS = 200
"""Into which the line is cut; shifts and widths are whole numbers of cells, so that nothing is lost."""
WIDTH = 0.1
"""The width of the peak."""


@dataclass(frozen=True)
class Toys(Experiment[str]):
    """Closed forms beside computed values, over one parameter each.

    * ``segments`` (Arjovsky, Chintala and Bottou 2017, Example 1): two parallel unit segments at distance x. W1 is
      ``|x|``, and nothing else sees x: off 0 the Jensen-Shannon divergence is log 2, Kullback-Leibler infinite, total
      variation 1.
    * ``peak`` (Fleuret's lectures on deep learning): half uniform on [0, 1], half on an interval of width 0.1, which is
      moved by x. W1 is ``|x| / 2``; the others stop growing once the peaks no longer overlap.
    * ``shift``: 200 Gaussian points in five dimensions, and the same moved by a vector of length x.
    * ``quantiles``: on a line in the plane, 150 normal points and 100 exponential ones scaled by x. W1 is the integral
      of the distance between the quantile functions.

    ``energy`` is the generator's loss against the best discriminator of an energy-based GAN with margin m: m times the
    total variation ``sup_A |P(A) - Q(A)|`` (Arjovsky et al., Appendix D, write m/2 times a variation twice as large).

    Attributes
    ----------
    toy : tuple of str
        Which ones.
    seed : int
        The seed of the points of ``shift`` and ``quantiles``.

    Raises
    ------
    ParameterError
        If there is no such toy.
    """

    toy: tuple[str, ...] = ("segments", "peak", "shift", "quantiles")
    seed: int = 0

    name: ClassVar[str] = "toys"
    columns: ClassVar[tuple[str, ...]] = (
        "toy", "x", "quantity", "closed_form", "computed", "lower", "upper", "seed", "status",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what is not there."""
        for toy in self.toy:
            if toy not in TOYS:
                raise not_one_of("toy", toy, TOYS)

    def tasks(self) -> Sequence[str]:
        """Return the toys."""
        return list(dict.fromkeys(self.toy))

    def run(self, task: str, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one toy: every quantity at every x."""
        toy = TOYS[task]
        for step, x in enumerate(toy.steps):
            report(task, step, len(toy.steps))
            for found in toy.facts(x, self.seed):
                yield {
                    "toy": task,
                    "x": x,
                    "quantity": found.quantity,
                    "closed_form": found.closed_form,
                    "computed": found.computed,
                    "lower": found.lower,
                    "upper": found.upper,
                    "seed": self.seed,
                    "status": "ok" if found.holds else "differs",
                }


class Fact(NamedTuple):
    """A quantity in closed form and as computed; for W1 also the solver's bracket."""

    quantity: str
    closed_form: float
    computed: float
    lower: float | None = None
    upper: float | None = None

    @property
    def holds(self) -> bool:
        """Whether both are the same up to rounding."""
        if math.isinf(self.closed_form):
            return self.closed_form == self.computed
        room = TOLERANCE * max(1.0, abs(self.closed_form))
        return abs(self.closed_form - self.computed) <= room


def segments(x: float, seed: int) -> Iterator[Fact]:
    """Compare two parallel segments of unit length at distance ``x``."""
    import numpy as np

    heights = (np.arange(100) + 0.5) / 100
    left = np.stack([np.zeros(100), heights], axis=1)
    right = np.stack([np.full(100, x), heights], axis=1)
    yield _w1(abs(x), left, right)
    apart = float(x != 0)
    p = np.concatenate([np.full(100, 0.01), np.zeros(100)])
    q = np.roll(p, 100) if apart else p
    infinite = math.inf if apart else 0.0
    yield from _divergences(p, q, js=apart * math.log(2), kl=infinite, tv=apart)


def peak(x: float, seed: int) -> Iterator[Fact]:
    """Compare two measures that are half uniform, half in a narrow peak, ``x`` further right in one of them."""
    import numpy as np

    step, width = round(x * CELLS), round(WIDTH * CELLS)
    places = (np.arange(CELLS) + 0.5) / CELLS
    p, q = np.full(CELLS, 0.5 / CELLS), np.full(CELLS, 0.5 / CELLS)
    p[:width] += 0.5 / width
    q[step : step + width] += 0.5 / width
    # In the plane, where the solver does not just sort.
    line = np.stack([places, np.zeros(CELLS)], axis=1)
    yield _w1(abs(x) / 2, line, line, p, q)
    high, low, length = 0.5 + 0.5 / WIDTH, 0.5, min(WIDTH, abs(x))
    mixed = high * math.log(2 * high / (high + low)) + low * math.log(2 * low / (high + low))
    yield from _divergences(
        p, q, js=length * mixed, kl=length * (high - low) * math.log(high / low), tv=length * (high - low)
    )


def shift(x: float, seed: int) -> Iterator[Fact]:
    """Compare points and the same points moved by a vector of length ``x``."""
    from wcheck.rng import generator

    random = generator(seed, "toys", "shift")
    points, direction = random.standard_normal((200, 5)), random.standard_normal(5)
    yield _w1(abs(x), points, points + x * direction / math.sqrt(direction @ direction))


def quantiles(x: float, seed: int) -> Iterator[Fact]:
    """Compare points on a line in the plane: normal ones, and exponential ones times ``x``."""
    import numpy as np
    from scipy.stats import wasserstein_distance

    from wcheck.rng import generator

    random = generator(seed, "toys", "quantiles")
    normal, exponential = random.standard_normal(150), x * random.standard_exponential(100)
    direction = np.array([0.6, 0.8])
    closed_form = float(wasserstein_distance(normal, exponential))
    yield _w1(closed_form, normal[:, None] * direction, exponential[:, None] * direction)


class Toy(NamedTuple):
    """The values of the parameter, and what holds at one of them."""

    steps: Sequence[float]
    facts: Callable[[float, int], Iterator[Fact]]


def _grid(start: int, stop: int, parts: int) -> tuple[float, ...]:
    return tuple(step / parts for step in range(start, stop))


TOYS: Mapping[str, Toy] = MappingProxyType(
    {
        "segments": Toy(_grid(-20, 21, 20), segments),
        "peak": Toy(_grid(0, 19, 20), peak),
        "shift": Toy(_grid(0, 21, 4), shift),
        "quantiles": Toy(_grid(0, 21, 10), quantiles),
    }
)


def _w1(
    closed_form: float,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    a: NDArray[np.float64] | None = None,
    b: NDArray[np.float64] | None = None,
) -> Fact:
    from wcheck.transport.solve.exact import exact

    found = exact(x, y, a, b)
    return Fact("w1", closed_form, found.value, found.bracket.lower, found.bracket.upper)


def _divergences(
    p: NDArray[np.float64], q: NDArray[np.float64], *, js: float, kl: float, tv: float
) -> Iterator[Fact]:
    from wcheck.experiments.divergences import (
        energy_generator_loss,
        jensen_shannon,
        kullback_leibler,
        total_variation,
    )

    yield Fact("js", js, jensen_shannon(p, q))
    yield Fact("kl", kl, kullback_leibler(p, q))
    yield Fact("tv", tv, total_variation(p, q))
    yield Fact("energy", MARGIN * tv, energy_generator_loss(p, q, MARGIN))
