"""Columns of what is known in closed form, and of what is computed beside it."""

from __future__ import annotations

from wcheck.columns.choices import TOYS
from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT, ESTIMATE = Role.SETTING, Role.ABOUT, Role.ESTIMATE
MONTE_CARLO = "nothing by itself; a Monte Carlo mean"

COLUMNS: tuple[Column, ...] = (
    Setting("toy", f"the pair of measures whose distances are known: {', '.join(TOYS[:-1])} or {TOYS[-1]}", kind=str,
            metavar="NAME", bare=True, choices=TOYS),
    Column("x", SETTING, "the parameter of a toy, such as a shift"),
    Column("quantity", SETTING, (
        "what is computed: a distance or divergence; in wcheck exact: distance, partial (the minimal "
        "cost of moving part of the mass), unmatched (the minimal cost of moving mass and of leaving it) "
        "or cost (the minimal cost for a matrix)"
    ), bare=True),
    Column("closed_form", ESTIMATE, (
        "the closed form of the quantity; for a slope the slope from "
        "the optimal potential, for a quantity with a bound the bound"
    ), proves="the quantity itself", headline=True,
           short="closed form"),
    Column("computed", ESTIMATE, "the quantity as computed", headline=True),
    Column("theta", ABOUT, "the parameter of the model at which the expected gradient is most biased", symbol="θ",
           headline=True),
    Column("true_gradient", ESTIMATE, "the gradient of the distance between the distributions at theta",
           proves="the gradient itself", headline=True, short="true"),
    Column("gradient", ESTIMATE, "the mean slope of the batch loss at theta, or the slope of a model at z",
           headline=True),
    Column("gradient_mc", ESTIMATE, "the mean gradient of the batch loss over batches", proves=MONTE_CARLO,
           headline=True, short="simulated"),
    Column("gradient_mc_error", ESTIMATE, "the standard error of gradient_mc"),
    Column("argmin_low", ESTIMATE, "the smallest parameter that minimises the expected batch loss",
           headline=True, short="least from"),
    Column("argmin_high", ESTIMATE, "the largest parameter that minimises the expected batch loss",
           headline=True, short="least to"),
    Column("argmin_mc", ESTIMATE, "the parameter that minimises the mean loss over batches", proves=MONTE_CARLO,
           headline=True, short="simulated at"),
    Column("loss_argmin", ESTIMATE, "the minimal expected batch loss"),
    Column("loss_theta_star", ESTIMATE, "the expected batch loss at the parameter of the data"),
    Column("loss_theta_star_mc", ESTIMATE, "the mean batch loss over batches at the parameter of the data",
           proves=MONTE_CARLO),
    Column("loss_theta_star_mc_error", ESTIMATE, "the standard error of loss_theta_star_mc"),
    Column("z", SETTING, "the point at which densities, values and slopes are evaluated"),
    Column("density_data", ESTIMATE, "the density of the data at z"),
    Column("density_generator", ESTIMATE, "the density of the generator's points at z"),
    Column("best_value", ESTIMATE, "the value of the best critic or discriminator at z, in closed form",
           headline=True, short="best value"),
    Column("best_gradient", ESTIMATE, "the slope of the best critic or discriminator at z, in closed form"),
    Column("generator_gradient", ESTIMATE, "how steep the loss on which the generator descends is: its slope at z, or "
           "the norm of its gradient in a batch of generated points", headline=True, short="slope",
           gist="how steep the loss is on which the generator descends"),
    Column("best_generator_gradient", ESTIMATE, "the slope at z of the generator's loss against the best model",
           headline=True, short="best slope"),
)  # fmt: skip
