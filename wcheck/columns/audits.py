"""Columns about a critic's values and slopes, and the exact distance."""

from __future__ import annotations

from wcheck.columns.column import Column, Role

SETTING, ABOUT, ESTIMATE, LOWER, UPPER = Role.SETTING, Role.ABOUT, Role.ESTIMATE, Role.LOWER, Role.UPPER
SLOPE = "nothing from above: the Lipschitz constant is at least this, up to float32"
AT_LEAST = "the empirical distance is at least this"
SHARE = "nothing from above; the certified share of the empirical distance is at least this"

COLUMNS: tuple[Column, ...] = (
    Column("value_standard_error", ESTIMATE, "the standard error of a critic's mean value over fresh batches"),
    Column("grad_max", ESTIMATE, "the largest gradient norm of a critic at points on lines between the sets",
           symbol="L", proves=SLOPE),
    Column("grad_q50", ESTIMATE, "the median of the gradient norms at points on lines between the sets"),
    Column("grad_q90", ESTIMATE, "the 90 % quantile of the gradient norms at points on lines between the sets"),
    Column("grad_q99", ESTIMATE, "the 99 % quantile of the gradient norms at points on lines between the sets"),
    Column("grad_data_max", ESTIMATE, "the largest gradient norm of a critic at points of the sets", proves=SLOPE),
    Column("grad_data_q50", ESTIMATE, "the median of the gradient norms at points of the sets"),
    Column("grad_ascent", ESTIMATE, "the largest gradient norm that gradient ascent on it found", proves=SLOPE),
    Column("grad_layers", ABOUT, "the mean norm of a critic's gradient with respect to each layer's output"),
    Column("grad_growth", ESTIMATE, (
        "the geometric mean of the factor by which the gradient with respect to a layer's output grows from one "
        "layer to the one before it: with depth the gradient vanishes if this is below 1, and explodes if it is above"
    ),
           few_digits=True, short="growth", gist="the growth of the gradient from layer to layer"),
    Column("batch_dependence", ESTIMATE, (
        "how much a critic's value at a point changes in training when the rest of the batch is replaced: the root "
        "mean square, divided by the standard deviation of its values; 0 for a function of points"
    ),
           few_digits=True, short="of batch"),
    Column("normalised", ESTIMATE, "the critic's value divided by the largest gradient norm found", symbol="V / L",
           proves="nothing: sampled gradients bound the slope from below", headline=True, short="V/L",
           gist="V divided by the largest gradient norm found, which proves nothing"),
    Column("lipschitz_pairs", UPPER, "the steepest rise of a critic from any target point to any source point",
           symbol="L_pairs", short="L_pairs", proves="no pair of these points has a steeper slope"),
    Column("normalised_pairs", LOWER, "the critic's value divided by the steepest rise between the sets",
           symbol="V / L_pairs", proves=AT_LEAST, headline=True, short="V/L_pairs",
           gist="V divided by the steepest rise between points of the two sets: a certified lower bound"),
    Column("lipschitz_upper", UPPER, "the upper bound on a critic's Lipschitz constant", symbol="L_upper",
           short="L_upper",
           proves="the slope between any two points whatsoever is at most this"),
    Column("lipschitz_upper_reason", ABOUT, "the reason why there is no bound on the Lipschitz constant"),
    Column("normalised_upper", LOWER, "the critic's value divided by the bound on its Lipschitz constant",
           symbol="V / L_upper", proves=AT_LEAST, headline=True, short="V/L_upper",
           gist="V divided by the bound on the critic's slope everywhere: a certified lower bound"),
    Column("lower_constant", LOWER, "the lower bound from the c-transform of a constant critic",
           proves=AT_LEAST),
    Column("gap_total", UPPER, "the exact distance minus the value divided by the Lipschitz bound",
           proves="the certified value is below the distance by at most this"),
    Column("gap_bound", UPPER, "the part of gap_total that no potential made from the critic's values certifies",
           proves="the bound from the c-transform is below the distance by at most this"),
    Column("gap_transform", ABOUT, "the part of gap_total that the c-transform gains over the values themselves"),
    Column("gap_pairs", ABOUT, "the part of gap_total by which the Lipschitz bound exceeds the steepest rise"),
    Column("normalised_ratio", ESTIMATE, "the value divided by the largest gradient norm, as a share of the distance",
           symbol="(V / L) / W1", proves="nothing", headline=True, few_digits=True, percent=True, short="V/L",
           gist="V/L as a share of the exact distance"),
    Column("normalised_pairs_ratio", LOWER, "the value divided by the steepest rise, as a share of the exact distance",
           symbol="(V / L_pairs) / W1", proves=SHARE, headline=True, few_digits=True, percent=True,
           short="V/L_pairs", gist="the certified share of the exact distance"),
    Column("normalised_upper_ratio", LOWER, (
        "the value divided by the Lipschitz bound, as a share of the exact distance"
    ),
           symbol="(V / L_upper) / W1", proves=SHARE, few_digits=True, percent=True, short="V/L_upper"),
    Column("orthonormality", ABOUT, "the largest deviation of a layer's weights from orthonormality",
           headline=True, short="off orthonormal"),
    Column("clip_share", ABOUT, "the share of all weights at the clipping bound", headline=True,
           few_digits=True, percent=True, short="at clip"),
    Column("value_held_out", ESTIMATE, "what a critic claims at points that were held out",
           proves="nothing; for a 1-Lipschitz critic its mean is at most the distance of the population"),
    Column("held_out_error", ESTIMATE, "the standard error of value_held_out"),
    Column("held_out_gap", ESTIMATE, "value_held_out minus what the critic claims in training", few_digits=True),
    Column("held_out_ratio", ESTIMATE, "value_held_out as a share of the truth", proves="nothing", headline=True,
           few_digits=True, percent=True, short="held out"),
    Column("cosine", ESTIMATE, "the cosine between the critic's gradients and the optimal ones, in L2", headline=True),
    Column("gradient_l2", ESTIMATE, "the mean squared distance of the critic's gradients from the optimal ones",
           headline=True, short="gradient L2"),
    Column("layer", SETTING, "the name of a layer with weights; blank for the whole critic"),
    Column("layer_kind", ABOUT, "the kind of the layer", headline=True, short="kind"),
    Column("layer_weight", ABOUT, "the shape of the layer's weight", headline=True, short="weight"),
    Column("layer_grad", ABOUT, "the mean norm of the critic's gradient with respect to the layer's output",
           headline=True, short="gradient"),
)  # fmt: skip
