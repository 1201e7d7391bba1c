"""Columns of the lines that are fitted to errors: extrapolations, of which nothing is certified."""

from __future__ import annotations

from wcheck.columns.column import Column, Role

SETTING, ABOUT, ESTIMATE = Role.SETTING, Role.ABOUT, Role.ESTIMATE
RANGE = "nothing; the end of a range over models, each with its 95 % interval"

COLUMNS: tuple[Column, ...] = (
    Column("rate", ESTIMATE, "the theoretical slope, if it is known"),
    Column("slope", ESTIMATE, "the slope of the line through all sizes, on logarithmic axes", proves="nothing"),
    Column("slope_lower", ESTIMATE, "the smallest slope of the lines that include the last two sizes", proves=RANGE),
    Column("slope_upper", ESTIMATE, "the largest slope of the lines that include the last two sizes", proves=RANGE),
    Column("intercept", ESTIMATE, "the intercept of the line through all sizes, in powers of ten"),
    Column("curvature", ESTIMATE, "the curvature of the parabola through all sizes"),
    Column("curvature_error", ESTIMATE, "the standard error of the curvature"),
    Column("error", ESTIMATE, "the error at n according to the line", proves="nothing"),
    Column("error_lower", ESTIMATE, "the smallest error at n over the models", proves=RANGE),
    Column("error_upper", ESTIMATE, "the largest error at n over the models", proves=RANGE),
    Column("wanted_error", SETTING, "the error for which a number of points is sought"),
    Column("n_lower", ESTIMATE, "the smallest number of points that the wanted error needs", proves=RANGE),
    Column("n_upper", ESTIMATE, "the largest number of points that the wanted error needs", proves=RANGE),
    Column("n_last", ESTIMATE, "the number of points that the wanted error needs, extrapolated from the last two sizes",
           proves="nothing"),
    Column("n_theory", ESTIMATE, (
        "the number of points that the wanted error needs, extrapolated with the theoretical slope"
    ),
           proves="nothing"),
    Column("bound", ABOUT, "whether the range of points means at least or at most"),
)  # fmt: skip
