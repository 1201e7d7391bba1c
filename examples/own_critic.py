"""How good is your own critic? Its values at the points are enough.

There are two critics of the same digits: a linear one, trained for some steps, and the distance to the mean of one set,
which needs no training. A claim is certified only after division by the steepest rise between the sets.
"""

import numpy as np
import torch
from sklearn.datasets import load_digits

import wcheck

torch.manual_seed(0)
digits = load_digits()
points = torch.as_tensor(digits.data / 16, dtype=torch.float32)
x, y = points[np.isin(digits.target, (0, 1))][:200], points[np.isin(digits.target, (2, 3))][:200]

linear = torch.nn.Linear(64, 1)
optimizer = torch.optim.Adam(linear.parameters(), 1e-2)
for _ in range(200):
    gradient = linear.weight.norm()  # the slope of a linear function
    loss = linear(y).mean() - linear(x).mean() + 10 * (gradient - 1) ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    critics = {
        "linear": (linear(x), linear(y)),
        "away from the mean of y": ((x - y.mean(0)).norm(dim=1), (y - y.mean(0)).norm(dim=1)),
        "linear, times 10": (10 * linear(x), 10 * linear(y)),
    }

for name, (f, g) in critics.items():
    found = wcheck.judge(x, y, f, g)
    print(
        f"{name}: claims {found.claimed:.2f}, certifies {found.certified:.2f} ({found.share:.0%} of the distance)"
    )
    print(f"  with a slope of {found.slope:.2f}; its c-transform certifies {found.c_transform:.2f}")
print(f"The exact distance lies between {found.exact.lower:.4f} and {found.exact.upper:.4f},")
print(f"and a constant critic already certifies {found.constant:.2f}.")
