"""Which checkpoint of a generator is closest to the data, beyond chance?

A small network learns two-dimensional moons by the exact distance of its batches. Three checkpoints are compared with
other real points, which show the distance that a perfect generator would have: see docs/guide.md, "Which sample set is
nearest".
"""

import torch
from sklearn.datasets import make_moons
from torch import nn

import wcheck
from wcheck.losses import w1

BATCH, CHECKPOINTS = 128, (20, 100, 500)

torch.manual_seed(0)
points = torch.tensor(make_moons(2000, noise=0.05, random_state=0)[0], dtype=torch.float32)
train, held_out = points[:1000], points[1000:]
generator = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(generator.parameters(), 2e-3)
latents = torch.randn(500, 4)

samples = {}
for step in range(1, max(CHECKPOINTS) + 1):
    batch = train[torch.randint(len(train), (BATCH,))]
    loss = w1(generator(torch.randn(BATCH, 4)), batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step in CHECKPOINTS:
        with torch.no_grad():
            samples[f"step {step}"] = generator(latents)

found = wcheck.compare(held_out, samples, n=100, blocks=5)
rows = [row for row in found.rows if row["against"] is None and row["n"] == 100]
for row in sorted(rows, key=lambda row: row["rank"]):
    low, high = row["interval_low"], row["interval_high"]
    print(f"{row['candidate']}: W1 is {row['value']:.2f}, {row['excess']:.2f} more than for real points")
    print(f"  ({low:.2f} to {high:.2f} at 95 %), rank {row['rank']}")
