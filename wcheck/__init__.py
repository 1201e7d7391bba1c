"""Tell how far an estimate is from the Wasserstein-1 distance.

Importing the package is cheap: torch and the solvers are loaded when a name that needs them is first used.
"""

import os

import lazy_loader

from wcheck._version import __version__
from wcheck.measures.lazy import register as _register

_attach, __dir__, _ = lazy_loader.attach(
    __name__,
    ["losses", "metrics", "pot"],
    submod_attrs={
        "clustering": ["GeometricKMedians"],
        "errors": ["WcheckError"],
        "experiments.compared": ["Comparison", "compare"],
        "experiments.judgement": ["Judgement", "judge"],
        "generators.generator": ["Generator"],
        "experiments.run": ["run"],
        "experiments.watch": ["Watch"],
        "measures.measure": ["Measure"],
        "transport.solve.batch": ["BatchResult", "exact_batch"],
        "transport.bounds.certificate": ["Bracket"],
        "transport.cluster.connection": ["Cluster"],
        "transport.solve.cost": ["exact_cost"],
        "transport.foreign.certificate": ["Certificate"],
        "transport.foreign.certify": ["certify"],
        "transport.solve.couple": ["couple"],
        "transport.solve.exact": ["exact"],
        "transport.solve.result": ["TransportResult"],
    },
)

# Kinds of sources of floors above measures: here they are known to every process, whatever it imports.
_register("generator", "wcheck.generators.source:KIND")

# Torch's threads (of GNU OpenMP, which reads this once) wait for each other by spinning for a millisecond: beside other
# work, while what they wait for has no core, so that a step of 7 ms takes 200. Less than a tenth of that bridges the
# gap between two operations as well.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")

__all__ = [
    "BatchResult",
    "Bracket",
    "Certificate",
    "Cluster",
    "Comparison",
    "Generator",
    "GeometricKMedians",
    "Judgement",
    "Measure",
    "TransportResult",
    "Watch",
    "WcheckError",
    "__version__",
    "certify",
    "compare",
    "couple",
    "exact",
    "exact_batch",
    "exact_cost",
    "judge",
    "losses",
    "metrics",
    "pot",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    return _attach(name)
