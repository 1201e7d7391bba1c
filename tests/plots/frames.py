"""Small frames of every kind, with all columns of the experiment that writes them: a renamed column fails."""

import atexit
import functools
import math
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from wcheck.columns.choices import GAMES
from wcheck.experiments import fit
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.bernoulli import Bernoulli
from wcheck.experiments.compare import Compare
from wcheck.experiments.crossover import Crossover
from wcheck.experiments.dimension import Dimension
from wcheck.experiments.exact import Exact
from wcheck.experiments.false_minima import FalseMinima
from wcheck.experiments.gan import Gan
from wcheck.experiments.interval import Interval
from wcheck.experiments.kmedians import KMedians
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.pixels import Pixels
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.experiments.toys import Toys
from wcheck.experiments.two_gaussians import TwoGaussians
from wcheck.generators.generator import Generator
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.sources import load

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"


def benchmark_columns(name):
    """Return COLUMNS of a benchmark, which cannot be imported without its peers."""
    text = (BENCHMARKS / f"{name}.py").read_text()
    source = text.partition("\nCOLUMNS = ")[2].partition("\n)\n")[0] + "\n)"
    return eval(source, {})


def frame(columns, rows):
    """Rows with every column of an experiment, blank where nothing is said."""
    for row in rows:
        assert set(row) <= set(columns), set(row) - set(columns)
    return pd.DataFrame(rows, columns=list(columns))


PAIR = {"source": "a", "target": "b", "n": 50, "m": 50, "dim": 3, "scale": "0,1", "status": "ok"}


def oracle():
    rows = []
    for penalty, batch_size in ((0.1, 64), (10.0, 64), (10.0, 128)):
        for step in (0, 10, 20):
            value = -0.01 if step == 0 else penalty**0.1 * step / 20 + batch_size / 1000
            shares = {"ratio": value / 4, "normalised_ratio": value / 8, "normalised_pairs_ratio": value / 12}
            divided = {
                "normalised": value / 2,
                "normalised_pairs": value / 3,
                "lower": 3.5,
                "lower_constant": 3.0,
            }
            options = {
                "lipschitz": "gp",
                "penalty": penalty,
                "arch": "mlp",
                "batch_size": batch_size,
                "seed": 0,
            }
            exact = {"exact": 4.0, "exact_lower": 3.9, "exact_upper": 4.0}
            rows.append(
                PAIR | options | exact | shares | divided | {"steps": 20, "step": step, "value": value}
            )
    return frame(Oracle.columns, rows)


def clipped():
    rows = []
    for clip in (0.01, 0.1):
        for layers in (1, 3):
            for seed in (0, 1):
                norms = " ".join(
                    f"{2 * place}:{(30 * clip) ** (layers - place):.4g}" for place in range(layers + 1)
                )
                row = {
                    "lipschitz": "clip",
                    "clip": clip,
                    "arch": "mlp",
                    "layers": layers,
                    "norm": "none",
                    "seed": seed,
                }
                row |= {"steps": 9, "step": 9, "grad_layers": norms, "clip_share": 0.9 - clip + 0.01 * seed}
                rows.append(PAIR | row)
    return frame(Oracle.columns, rows)


def frozen():
    rows = []
    for objective, rate in (("minimax", -0.5), ("wasserstein", 0.1)):
        for seed in (0, 1):
            for step in range(0, 41, 10):
                row = {"objective": objective, "arch": "mlp", "seed": seed, "steps": 40, "step": step}
                gradient = 0.1 * (1 + 0.2 * seed) * math.exp(rate * step)
                rows.append(PAIR | row | {"generator_gradient": gradient})
    return frame(Oracle.columns, rows)


@functools.cache
def saved(source):
    """The folder of a generator of a source's space, as the column says it."""
    folder = Path(tempfile.mkdtemp(prefix="wcheck-frames-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    recipe = GeneratorRecipe.of("mlp", latent=2, generator_width=4)
    Generator.fresh(recipe, FrozenPoints(load(source))).save(folder / "generator")
    return folder / "generator"


def gan():
    rows = []
    for objective, lipschitz, share in (("wasserstein", "gp", 0.4), ("non-saturating", "none", -0.1)):
        for seed in (0, 1):
            for step in range(0, 41, 2):
                distance = 3.0 + 5.0 / (1 + step) + 0.1 * seed
                row = {
                    "data": "8gaussians:n=90", "saved": None, "n": 30, "dim": 2, "objective": objective,
                    "lipschitz": lipschitz, "steps": 40, "seed": seed, "step": step, "loss": share * distance,
                    "batch_exact": distance + 0.3, "status": "ok",
                }  # fmt: skip
                if lipschitz == "none":
                    row |= {"js_estimate": 0.6 - step / 100}
                if step % 20 == 0:
                    row |= {
                        "exact": distance,
                        "exact_lower": distance - 1e-6,
                        "exact_real": 2.9,
                        "js_held_out": 0.3,
                        "normalised": share,
                        "energy_distance": distance / 2,
                        "energy_distance_real": 0.01,
                        "spread": 1 - share,
                        "quality": step / 50 + 0.1 * seed,
                    }
                    row |= {"saved": f"{saved('8gaussians:n=90')},n={80 + step}"}
                rows.append(row)
    return frame(Gan.columns, rows)


def patched():
    """Free points under two critics and those of the candidate, three seeds each, nearer at the second look."""
    rows = []
    for objective, arch, far, between in (
        ("wasserstein", "mlp", 3.0, 1.4),
        ("wasserstein", "dcgan", 3.8, 1.5),
        ("exact", None, 2.6, 1.2),
    ):
        for seed in (0, 1, 2):
            for step in (0, 40):
                row = {
                    "data": "digits", "n": 30, "dim": 64, "objective": objective, "arch": arch, "patches": 4,
                    "lipschitz": "gp" if arch else None, "steps": 40, "seed": seed, "step": step, "status": "ok",
                    "exact": (far if step else 9.0) + 0.01 * seed, "exact_real": 2.7,
                    "patch_exact": (between if step else 3.0) + 0.01 * seed, "patch_exact_real": 1.3,
                }  # fmt: skip
                rows.append(row)
    return frame(Gan.columns, rows)


def games_drawn():
    """Eight games with four draws each, of which one failed."""
    rows = []
    for number, (objective, lipschitz) in enumerate(list(GAMES.values())[:8]):
        for draw in range(4):
            for step in (0, 40):
                row = {
                    "data": "8gaussians:n=90", "n": 30, "dim": 2, "objective": objective, "lipschitz": lipschitz,
                    "generator_lr": 10.0 ** -(draw + 1), "steps": 40, "seed": 0, "step": step, "seconds": step / 10,
                    "status": "diverged" if (number, draw, step) == (1, 2, 40) else "ok",
                }  # fmt: skip
                if row["status"] == "ok":
                    distance = 0.5 + (7 * draw + 3 * number) % 10
                    row |= {"energy_distance": distance, "excess": distance / 2, "spread": 0.8}
                rows.append(row)
    return frame(Gan.columns, rows)


def sample_complexity():
    rows = []
    for n in (10, 100, 1000):
        for rep in range(4):
            for estimator, epsilon, level in (
                ("exact", None, 1.0),
                ("sinkhorn", 1.0, 0.5),
                ("sinkhorn", 9.0, 0.2),
            ):
                value = level * n**-0.25 * (1 + 0.1 * rep)
                rows.append({
                    "source": "gaussian:dim=4", "target": "gaussian:dim=4", "dim": 4, "n": n, "rep": rep,
                    "value": value,
                    "estimator": estimator, "epsilon": epsilon, "truth": 0.0, "status": "ok", "seed": 0,
                    "estimand": "empirical",
                })  # fmt: skip
    return frame(SampleComplexity.columns, rows)


def extrapolation():
    return pd.DataFrame(
        list(fit.fit(sample_complexity().replace({math.nan: None}).to_dict("records"))),
        columns=list(fit.COLUMNS),
    )


def batch():
    rows = [
        {"source": "a", "target": "b", "batch_size": size, "rep": rep, "estimator": estimator, "value": 5 + rep / size,
         "exact": 4.0, "exact_lower": 3.9, "exact_upper": 4.0, "status": "ok"}
        for size in (16, 64) for rep in range(3) for estimator in ("exact", "sliced")
    ]  # fmt: skip
    return frame(BatchEstimates.columns, rows)


def false_minima():
    rows = [
        {"data": "digits", "dim": 64, "n": 16, "candidate": candidate, "weights": weights, "draw": draw, "w1": w1,
         "standard_error": 0.05, "scale": "0,1", "status": "ok"}
        for candidate, weights, draw, w1 in (
            ("real", "uniform", "sampled", 2.0), ("real", "uniform", "fixed", 2.1), ("mean", "uniform", "fixed", 1.9),
            ("kmedians", "cluster", "sampled", 1.5),
        )
    ]  # fmt: skip
    return frame(FalseMinima.columns, rows)


def crossover():
    rows = [
        {"n": n, "dim": dim, "real": dim / 10, "real_error": 0.01, "dirac": 1.0, "dirac_error": 0.02,
         "dirac_expected": 1.01, "difference": dim / 10 - 1, "difference_error": 0.02, "status": "ok"}
        for n in (8, 64) for dim in (5, 10, 15)
    ]  # fmt: skip
    return frame(Crossover.columns, rows)


def kmedians():
    rows = [
        {"data": "digits", "k": 4, "start": start, "kmeans_loss": 2.2 - start / 10, "kmedians_loss": 2.1 - start / 10,
         "random_loss": 3.0, "perturbed_loss": 2.15 - start / 10, "status": "converged"}
        for start in range(3)
    ]  # fmt: skip
    return frame(KMedians.columns, rows)


def pixels():
    rows = [
        {"data": "digits", "index": index, "alteration": alteration, "altered_distance": 2.0 + index,
         "nearest_index": 9, "nearest_distance": nearest, "status": "ok"}
        for index in (0, 1) for alteration, nearest in (("flip", 1.5), ("crop", 8.0))
    ]  # fmt: skip
    return frame(Pixels.columns, rows)


def known():
    rows = [
        {"dim": dim, "funnels": 4, "n": 50, "seed": seed, "kind": kind, "method": method, "lr": lr, "truth": 3.0,
         "estimate": 3 * ratio, "truth_error": 0.01, "ratio": ratio + 0.1 * seed, "held_out_ratio": held_out,
         "cosine": cosine, "gradient_l2": cosine and 1 - cosine, "status": "ok"}
        for dim in (2, 16) for seed in (0, 1)
        for kind, method, lr, ratio, held_out, cosine in (
            ("critic", "gp", 1e-3, 0.9, 0.8, 0.95), ("critic", "gp", 1e-4, 0.5, 0.4, 0.8),
            ("critic", "clip", 5e-5, 0.01, 0.01, 0.5), ("estimator", "exact", None, 1.3, None, None),
        )
    ]  # fmt: skip
    return frame(KnownTruth.columns, rows)


def two_gaussians():
    rows = [
        {"mean": 2.0, "std": 0.5, "seed": 0, "model": model, "z": z, "density_data": 0.1, "density_generator": 0.2,
         "value": scale * z, "best_value": z, "gradient": scale, "best_gradient": 1.0, "generator_gradient": -scale,
         "best_generator_gradient": -1.0, "status": "ok"}
        for model, scale in (("discriminator", 0.5), ("clip", 0.01)) for z in (-2.0, 0.0, 2.0)
    ]  # fmt: skip
    return frame(TwoGaussians.columns, rows)


def toys():
    rows = [
        {"toy": toy, "x": x, "quantity": quantity, "closed_form": value, "computed": value, "status": "ok"}
        for toy in ("segments", "peak", "shift")
        for x in (0.0, 0.5, 1.0)
        for quantity, value in (("w1", x), ("kl", 0.0 if x == 0 else math.inf))
    ]
    return frame(Toys.columns, rows)


def bernoulli():
    rows = [
        {"theta_star": theta_star, "n": n, "theta": 0.2, "true_gradient": -1.0, "gradient": -0.5, "gradient_mc": -0.4,
         "gradient_mc_error": 0.05, "bias": 0.5, "argmin_low": 0.0, "argmin_high": 0.5, "argmin_mc": 0.25}
        for theta_star in (0.25, 0.4) for n in (1, 2, 5)
    ]  # fmt: skip
    return frame(Bernoulli.columns, rows)


def dimension():
    rows = [
        {"source": "digits", "method": method, "k": k, "value": value, "standard_error": 0.2, "status": "ok"}
        for method, k, value in (("mle", 3, 9.0), ("mle", 5, 8.5), ("twonn", None, 10.0))
    ]
    return frame(Dimension.columns, rows)


def exact():
    rows = [PAIR | {"tol": tol, "value": 4.0, "lower": 4.0 - tol, "upper": 4.0 + tol} for tol in (1e-1, 1e-3)]
    return frame(Exact.columns, rows)


def interval():
    bounds = {"confidence": 0.95, "diameter": 8.0, "value": 4.0, "lower": 1.0, "upper": 5.0}
    return frame(Interval.columns, [PAIR | bounds])


def compare():
    rows = [
        {"reference": "real", "candidate": candidate, "against": against, "estimator": "exact", "p": 1, "n": n,
         "excess": excess / n, "interval_low": (excess - 1) / n, "interval_high": (excess + 1) / n, "value": 4 + 9 / n,
         "lower": 3.9 + 9 / n, "upper": 4 + 9 / n, "baseline": 4 + 2 / n, "baseline_lower": 3.9 + 2 / n,
         "baseline_upper": 4 + 2 / n, "confidence": 0.95, "blocks": 5, "status": "ok"}
        for n, pairs in ((40, True), (20, False), (10, False))
        for candidate, against, excess in (("a", None, 3.0), ("b", None, -2.0), ("a", "b", 5.0))
        if pairs or against is None
    ]  # fmt: skip
    return frame(Compare.columns, rows)


def timings():
    rows = [
        {"problem": f"growth-{n}", "n": n, "m": n, "dim": 20, "peer": peer, "repeat": repeat, "status": "optimal",
         "seconds": factor * n / 1000 + repeat, "above_input_bytes": n * 2.0**20, "cost_matrix_seconds": n / 2000}
        for n in (100, 1000) for peer, factor in (("wcheck", 1), ("pot-dense", 9)) for repeat in range(3)
    ]  # fmt: skip
    return frame(benchmark_columns("exact"), rows)


def estimators():
    rows = [
        {"source": "a", "target": "b", "n": 50, "m": 50, "estimator": estimator, "setting": setting, "repeat": repeat,
         "seconds": 0.1 * (1 + repeat), "value": 4.1, "error_empirical": error, "error_population": -2 * error}
        for estimator, setting, error in (("exact", "tol=0.1", 0.01), ("sliced", "20", 1.0), ("sliced", "500", 0.5))
        for repeat in range(2)
    ]  # fmt: skip
    return frame(benchmark_columns("estimators"), rows)


FRAMES = {
    "extrapolation": extrapolation, "timings": timings, "estimators": estimators, "batch": batch,
    "sample-complexity": sample_complexity, "sinkhorn": sample_complexity, "gan": gan, "gan-batch": gan, "js": gan,
    "best-of": games_drawn,
    "gan-ends": gan, "gan-tracks": gan, "gan-patches": patched,
    "samples": gan, "oracle": oracle, "sweep": oracle,
    "penalties": oracle, "depth": clipped, "vanishing": frozen,
    "false-minima": false_minima, "crossover": crossover, "kmedians": kmedians, "pixels": pixels, "known": known,
    "toys": toys, "two-gaussians": two_gaussians,
    "bernoulli": bernoulli, "dimension": dimension, "compare": compare, "compare-n": compare, "brackets": exact,
}  # fmt: skip
