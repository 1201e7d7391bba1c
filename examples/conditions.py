"""How far is each condition of a table from the control, with weights? One distance per group of rows.

The table could come from any experiment: one row per measurement, a column that names the condition, and a column of
counts as weights. The measured values are brought to a common scale, because distances are meaningless otherwise. To
compare two tables with the same conditions, use ``wcheck exact before.csv after.csv --by condition --weights count
--normalise``.
"""

import numpy as np
import pandas as pd

import wcheck

rng = np.random.default_rng(0)
effects = {"control": (0.0, 1.0), "placebo": (0.05, 1.0), "low dose": (0.5, 1.0), "high dose": (1.5, 0.6)}
table = pd.concat(
    [
        pd.DataFrame(rng.normal(shift, spread, (150, 3)), columns=["height", "mass", "age"]).assign(
            condition=name, count=rng.integers(1, 9, 150)
        )
        for name, (shift, spread) in effects.items()
    ]
)
measured = ["height", "mass", "age"]
centre, scale = table[measured].mean(), table[measured].std()
table[measured] = (table[measured] - centre) / scale


def weighted(rows):
    """Return the points of a group, and their counts as weights with a total of 1."""
    return rows[measured].to_numpy(), (rows["count"] / rows["count"].sum()).to_numpy()


control = table[table["condition"] == "control"]
half = control.iloc[::2], control.iloc[1::2]
(x, a), (y, b) = map(weighted, half)
print(f"two halves of the control: {wcheck.exact(x, y, a, b).value:.3f}")

y, b = weighted(control)
for name, rows in table.groupby("condition", sort=False):
    x, a = weighted(rows)
    found = wcheck.exact(x, y, a, b)
    moved = found.plan.data @ (y[found.plan.col] - x[found.plan.row]) if name != "control" else np.zeros(3)
    print(f"{name}: {found.value:.3f}, the plan moves height, mass, age by {np.round(moved, 2) + 0.0}")
