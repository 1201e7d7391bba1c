"""Three figures for a lecture on the Wasserstein distance, each five inches wide, made by commands only.

Every command writes its rows to a CSV file, with a record of how they were made beside it. The figures can be drawn
again in another size or style without any new computation.
"""

import subprocess

import pandas as pd

FIGURES = {
    "saturation": "toys --toy segments",
    "dimension": "sample-complexity --dim 2 --dim 10 --n 10 --n 40 --n 160 --reps 5 --estimator exact",
    "batches": "batch --data digits[0:400] --batch-size 16 --batch-size 64 --reps 5 --estimator exact "
    "--estimator sliced",
}

for name, command in FIGURES.items():
    subprocess.run(["wcheck", *command.split(), "-o", f"{name}.csv"], check=True)
    subprocess.run(["wcheck", "plot", f"{name}.csv", "-o", f"{name}.svg", "--inches", "5"], check=True)

toys = pd.read_csv("saturation.csv").query("x == 0.5").set_index("quantity")["computed"]
print(f"Segments 0.5 apart: W1 is {toys['w1']:.3f}, the Jensen-Shannon divergence {toys['js']:.3f}.")
print(f"At twice this distance, the first doubles and the second is still {toys['js']:.3f}.")

samples = pd.read_csv("dimension.csv")
for dim, rows in samples.groupby("dim"):
    means = rows.groupby("n")["value"].mean()
    told = ", ".join(f"{value:.2f} (n = {n})" for n, value in means.items())
    print(f"Two samples of one Gaussian in {dim} dimensions are {told} apart.")

batches = pd.read_csv("batches.csv")
print(f"Two sets of digits are {batches['exact'].iloc[0]:.3f} apart; mini-batches of them give")
for (estimator, size), value in batches.groupby(["estimator", "batch_size"])["value"].mean().items():
    print(f"  {value:.2f} ({estimator}, batches of {size})")
