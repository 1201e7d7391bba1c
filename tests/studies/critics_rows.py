"""Small rows of ``wcheck oracle``, as judges get them."""

import itertools

import pandas as pd

ABOUT = {
    "status": "ok", "steps": 10, "step": 10, "dim": 64, "exact": 10.0, "lower_constant": 7.0, "lipschitz": "gp",
    "norm": "none", "layers": 3, "clip": None, "penalty": None,
}  # fmt: skip


def rows(numbers, seeds=4, wobble=0.01, **settings):
    """A row for each seed and each of the product of settings; ``numbers`` maps settings to what differs."""
    found = []
    for values in itertools.product(*settings.values()):
        chosen = dict(zip(settings, values, strict=True))
        for seed in range(seeds):
            factor = 1 + wobble * (seed - (seeds - 1) / 2)
            given = {name: value * factor for name, value in numbers(**chosen).items()}
            found.append(ABOUT | {"seed": seed} | chosen | given)
    return pd.DataFrame(found)
