"""Columns of distances, of brackets around them, and of estimates of them."""

from __future__ import annotations

from wcheck.columns.column import Column, Role

ABOUT, ESTIMATE, LOWER, UPPER = Role.ABOUT, Role.ESTIMATE, Role.LOWER, Role.UPPER
EMPIRICAL = "the empirical distance"
POPULATION = "the distance of the population"
EITHER = "the distance that the column estimand names"
WITH_CONFIDENCE = f"{EMPIRICAL}, and in wcheck interval {POPULATION} with the stated confidence,"

COLUMNS: tuple[Column, ...] = (
    Column(
        "value", ESTIMATE, "the value: a distance, an estimate of one, what a critic claims, a dimension, or the "
        "value of a function at a point",
        proves="nothing by itself; where it is exact, the bracket beside it holds it", headline=True,
    ),
    Column("moved", ABOUT, "the mass that the plan moves, if it does not move all"),
    Column("lower", LOWER, "the lower bound on the distance",
           proves=f"{WITH_CONFIDENCE} is at least this", headline=True),
    Column("upper", UPPER, "the upper bound on the distance",
           proves=f"{WITH_CONFIDENCE} is at most this", headline=True),
    Column("gap", UPPER, "the width of the bracket, upper - lower",
           proves="the error of the value is at most this", few_digits=True),
    Column("absolute_cost", ESTIMATE, "the sum of mass times |cost| over the plan of a cost matrix",
           proves="nothing; what the gap of a cost matrix is compared with"),
    Column("relative_gap", UPPER, "the width of the bracket as a share of its upper end, or, for a cost matrix, of "
           "absolute_cost", short="rel.gap",
           proves="the relative error of the value is at most this", headline=True, few_digits=True),
    Column("allowance", UPPER, "the width of the bracket that rounding in float64 can explain",
           proves="rounding alone widens the bracket by at most this", few_digits=True),
    Column("estimate", ESTIMATE, "what the method says of the distance", proves=f"nothing; an estimate of {EITHER}",
           headline=True),
    Column("standard_error", ESTIMATE, "the standard error of the value, or of the mean in this row", headline=True,
           short="std.err."),
    Column("transport_cost", ESTIMATE, (
        "the cost of the plan as given: of "
        "Sinkhorn's plan without the "
        "regularisation, or of the plan that is "
        "certified"
    ), proves="nothing, because the marginals of the plan are not exact"),
    Column("infeasibility", UPPER, (
        "the largest amount by which two of the certified potentials "
        "exceed the cost of their pair, in the unit of the cost"
    ), proves="no two of them exceed it by more"),
    Column("plan_read_as", ABOUT, "how the certified plan was read, or what replaces it"),
    Column("potentials_read_as", ABOUT, "the sign and scale with which the certified potentials were read, "
           "or what replaces them"),
    Column("regularised_cost", ESTIMATE, "the cost of Sinkhorn's plan with the entropic term",
           proves="nothing"),
    Column("exact", UPPER, "the exact distance of the whole sets, the upper end of its bracket", short="W1",
           gist="the exact distance of the whole sets, certified",
           proves=f"{EMPIRICAL} of the whole sets is at most this"),
    Column("exact_lower", LOWER, "the lower end of the exact distance's bracket",
           proves=f"{EMPIRICAL} of the whole sets, or its mean over fresh batches, is at least this"),
    Column("exact_upper", UPPER, "the upper end of the exact distance's bracket",
           proves=f"{EMPIRICAL} of the whole sets, or its mean over fresh batches, is at most this"),
    Column("exact_standard_error", ESTIMATE, "the standard error of the mean exact distance over fresh batches"),
    Column("bias", ESTIMATE, "the deviation of an estimate from the exact distance, or of an expected "
           "gradient from the true one", headline=True),
    Column("truth", ESTIMATE, "the distance between the distributions, where it is known", headline=True,
           proves=f"{POPULATION} itself, up to truth_error"),
    Column("truth_error", ESTIMATE, "the standard error of the truth, 0 where it has a closed form"),
    Column("ratio", ESTIMATE, "the value or estimate as a share of the true or exact distance", proves="nothing",
           headline=True, few_digits=True, percent=True),
    Column("upper_estimate", ESTIMATE, "the asymptotic upper end of the interval, which is not a bound",
           proves=f"nothing; an estimate of {POPULATION}"),
    Column("held_out_value", ESTIMATE, "the mean difference, at held-out pairs, of the functions for the lower bound",
           proves=f"nothing by itself; its mean is at most {POPULATION}"),
    Column("lower_margin", ABOUT, "the margin between held_out_value and the lower bound"),
    Column("bernstein_margin", ABOUT, "the margin that the lower bound would have by Bernstein's inequality"),
    Column("hoeffding_margin", ABOUT, "the margin that the lower bound would have by Hoeffding's inequality"),
    Column("upper_margin", ABOUT, "the margin by McDiarmid's inequality between the value and the upper bound"),
    Column("null", ESTIMATE, (
        "the mean distance between random sets of the same sizes as the samples, drawn from all points"
    ),
           proves="nothing; an estimate of the distance between samples of equal distributions"),
    Column("null_error", ESTIMATE, "the standard error of null over the splits"),
    Column("null_source", ESTIMATE, "the distance between two halves of the first sample",
           proves=f"{EMPIRICAL} of these halves, up to the solver's tolerance"),
    Column("null_target", ESTIMATE, "the distance between two halves of the second sample",
           proves=f"{EMPIRICAL} of those halves, up to the solver's tolerance"),
    Column("null_between", ESTIMATE, "the distance between a half of the first sample and one of the second",
           proves=f"{EMPIRICAL} of both halves, up to the solver's tolerance"),
    Column("p_value", ESTIMATE, "the p-value of the permutation test of equal distributions",
           proves="under equal distributions a value of at most p has probability at most p"),
)  # fmt: skip
