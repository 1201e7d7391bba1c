"""The leading columns of each experiment's table on a terminal, and their short headers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from wcheck.columns.layout import Heading, Layout

BRACKET = {
    "lower": Heading("lower", "the certified lower bound"),
    "upper": Heading("upper", "the certified upper bound"),
    "gap": Heading("gap", "the width of the bracket, upper - lower"),
}
CLAIM = {
    "value": Heading("V", "what the critic claims: its mean on the first set minus that on the second"),
    "lower": Heading(
        "c-transf.", "what the c-transform of the critic certifies, mostly not due to the critic"
    ),
    "ratio": Heading("V %", "V as a share of the exact distance"),
}
FROM_BATCHES = {
    "value": Heading("value", "the estimator's value for the distance"),
    "standard_error": Heading("std.err.", "the standard error of the value"),
    **BRACKET,
}
CRITIC = ("value", "normalised", "normalised_pairs", "exact", "ratio", "normalised_pairs_ratio")

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "exact": Layout(
            ("value", "lower", "upper", "relative_gap"),
            {
                "value": Heading("value", "the exact distance or cost, as closely as it was computed"),
                **BRACKET,
            },
            digits=8,
        ),
        "certify": Layout(
            ("value", "lower", "upper", "gap"),
            {"value": Heading("value", "the upper bound, which a plan attains"), **BRACKET},
            digits=8,
        ),
        "oracle": Layout((*CRITIC, "normalised_upper", "normalised_ratio"), CLAIM),
        "audit": Layout((*CRITIC, "normalised_upper", "normalised_ratio"), CLAIM, apart="layer"),
        "gan": Layout(
            ("exact", "excess", "spread", "loss", "batch_exact", "loss_ratio"),
            {
                "exact": Heading("W1", "the exact distance of generated points from the reference"),
                "excess": Heading("excess", "W1 minus that of real points: 0 for a perfect generator"),
                "spread": Heading(
                    "spread %", "the spread of generated points as a share of that of real ones"
                ),
                "loss": Heading("loss", "what the critic ascends on, evaluated on the step's batches"),
                "batch_exact": Heading("W1 batch", "the exact distance between the step's two batches"),
                "loss_ratio": Heading("loss %", "the loss as a share of the exact distance of its batches"),
            },
        ),
        "batch": Layout(
            ("value", "exact", "bias"), {**FROM_BATCHES, "bias": Heading("bias", "the value minus W1")}
        ),
        "sample-complexity": Layout(("value", "truth"), FROM_BATCHES, aside=("source", "target")),
        "known": Layout(
            ("estimate", "truth", "ratio", "held_out_ratio", "normalised_ratio", "cosine"),
            {
                "estimate": Heading("estimate", "the method's estimate of the distance"),
                "ratio": Heading("ratio %", "the estimate as a share of the truth"),
                "held_out_ratio": Heading("held out %", "the same at fresh points"),
                "normalised_ratio": Heading(
                    "V/L %", "the same after division by the steepest gradient found"
                ),
            },
            aside=("source", "target"),
        ),
        "compare": Layout(
            ("value", "excess", "interval_low", "interval_high", "excess_p_corrected", "p_corrected", "rank"),
            {
                "value": Heading("distance", "the mean distance to the reference, or to the other candidate"),
                "excess": Heading(
                    "excess", "the distance minus that of real data, or of the other candidate"
                ),
                "interval_low": Heading("from", "the lower end of the interval for the expected excess"),
                "interval_high": Heading("to", "the upper end of that interval"),
            },
            apart="against",
        ),
        "two-sample": Layout(
            ("value", "p_value"),
            {
                "value": Heading("value", "the statistic: how different the two samples look"),
                "p_value": Heading(
                    "p_value", "how often samples of one distribution look at least as different"
                ),
            },
        ),
        "interval": Layout(
            ("lower", "upper", "value", "null", "p_value"),
            {
                "lower": Heading(
                    "lower", "the lower end of the interval for the distance between the distributions"
                ),
                "upper": Heading("upper", "the upper end of that interval"),
                "value": Heading("value", "the empirical distance of the two samples"),
                "null": Heading("null", "the mean distance between random sets drawn from all points"),
            },
        ),
        "dimension": Layout(
            ("value", "standard_error"),
            {
                "value": Heading("dimension", "the intrinsic dimension by this method and k"),
                "standard_error": Heading("std.err.", "the standard error of the dimension"),
            },
        ),
        "kmedians": Layout(("kmedians_loss", "kmeans_loss", "random_loss", "iterations", "residual")),
        "false-minima": Layout(
            ("w1", "standard_error", "difference", "difference_error"),
            {
                "w1": Heading("W1", "the mean distance from the candidate to real batches"),
                "standard_error": Heading("std.err.", "the standard error of W1"),
                "difference": Heading(
                    "diff.", "W1 minus that of other real batches: below 0 the candidate is nearer"
                ),
                "difference_error": Heading("diff.err.", "the standard error of the difference"),
            },
        ),
        "crossover": Layout(
            ("real", "dirac", "difference", "difference_error"),
            {
                "real": Heading("real", "the mean distance between two batches"),
                "dirac": Heading("Dirac", "the mean distance of a batch to the Dirac at the mean"),
                "difference": Heading("diff.", "real minus Dirac: above 0 the Dirac is nearer"),
                "difference_error": Heading("diff.err.", "the standard error of the difference"),
            },
        ),
        "bernoulli": Layout(
            ("bias", "theta", "true_gradient", "gradient", "gradient_mc", "argmin_low", "argmin_high"),
            {
                "bias": Heading("bias", "the deviation of the expected gradient from the true one, at theta"),
                "gradient": Heading("expected", "the expected gradient of the batch loss at theta"),
            },
        ),
        "pixels": Layout(("altered_distance", "nearest_distance", "nearer")),
        "toys": Layout(("closed_form", "computed")),
        "two-gaussians": Layout(
            ("generator_gradient", "best_generator_gradient", "value", "best_value"),
            {"value": Heading("value", "the value of the model at z")},
        ),
    }
)
"""The name of an experiment -> its table."""
