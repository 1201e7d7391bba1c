"""Columns of what a critic's values and slopes are worth, beside the exact distance."""

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
    Column("grad_ascent", ESTIMATE, "the largest gradient norm that an ascent on it met", proves=SLOPE),
    Column("grad_layers", ABOUT, "the mean norm of a critic's gradient with respect to each layer's output"),
    Column("grad_growth", ESTIMATE, "the factor by which the gradient with respect to a layer's output grows from one "
           "layer to the one before it, as a geometric mean: with depth it vanishes below 1 and explodes above",
           few_digits=True, short="growth", gist="the growth of the gradient from layer to layer"),
    Column("batch_dependence", ESTIMATE, "the root mean square of a critic's change at a point in training when the "
           "rest of the batch is replaced, over the standard deviation of its values; 0 for a function of points",
           few_digits=True, short="of batch"),
    Column("normalised", ESTIMATE, "the critic's value over the largest gradient norm met", symbol="V / L",
           proves="nothing: sampled gradients bound the slope from below", headline=True, short="V/L",
           gist="V over the largest gradient norm met, which proves nothing"),
    Column("lipschitz_pairs", UPPER, "the steepest rise of a critic from any target point to any source point",
           symbol="L_pairs", short="L_pairs", proves="no pair of these points has a steeper one"),
    Column("normalised_pairs", LOWER, "the critic's value over the steepest rise between the sets",
           symbol="V / L_pairs", proves=AT_LEAST, headline=True, short="V/L_pairs",
           gist="V over the steepest rise between points of the two sets: a certified lower bound"),
    Column("lipschitz_upper", UPPER, "the bound of a critic's Lipschitz constant", symbol="L_upper",
           short="L_upper",
           proves="the slope between any two points at all is at most this"),
    Column("lipschitz_upper_reason", ABOUT, "the reason why there is no bound of the Lipschitz constant"),
    Column("normalised_upper", LOWER, "the critic's value over the bound of its Lipschitz constant",
           symbol="V / L_upper", proves=AT_LEAST, headline=True, short="V/L_upper",
           gist="V over the bound of the critic's slope everywhere: a certified lower bound"),
    Column("lower_constant", LOWER, "the lower bound that a constant critic gives by its c-transform",
           proves=AT_LEAST),
    Column("gap_total", UPPER, "what the value over the Lipschitz bound lacks to the exact distance",
           proves="the certified value lacks at most this"),
    Column("gap_bound", UPPER, "the part of gap_total that no potential made of the critic's values certifies",
           proves="the bound by c-transform lacks at most this"),
    Column("gap_transform", ABOUT, "the part of gap_total that the c-transform gains over the values themselves"),
    Column("gap_pairs", ABOUT, "the part of gap_total by which the Lipschitz bound exceeds the steepest rise"),
    Column("normalised_ratio", ESTIMATE, "the value over the largest gradient norm, as a share of the distance",
           symbol="(V / L) / W1", proves="nothing", headline=True, few_digits=True, percent=True, short="V/L",
           gist="V/L as a share of the exact distance"),
    Column("normalised_pairs_ratio", LOWER, "the value over the steepest rise, as a share of the exact distance",
           symbol="(V / L_pairs) / W1", proves=SHARE, headline=True, few_digits=True, percent=True,
           short="V/L_pairs", gist="the certified share of the exact distance"),
    Column("normalised_upper_ratio", LOWER, "the value over the Lipschitz bound, as a share of the exact distance",
           symbol="(V / L_upper) / W1", proves=SHARE, few_digits=True, percent=True, short="V/L_upper"),
    Column("orthonormality", ABOUT, "the largest deviation from orthonormality of the weights of a layer",
           headline=True, short="off orthonormal"),
    Column("clip_share", ABOUT, "the share of all weights that lie at the clip", headline=True,
           few_digits=True, percent=True, short="at clip"),
    Column("value_held_out", ESTIMATE, "what a critic claims at points that were held out",
           proves="nothing; for a 1-Lipschitz critic its mean is at most the distance of the population"),
    Column("held_out_error", ESTIMATE, "the standard error of value_held_out"),
    Column("held_out_gap", ESTIMATE, "value_held_out less what the critic claims in training", few_digits=True),
    Column("held_out_ratio", ESTIMATE, "value_held_out as a share of the truth", proves="nothing", headline=True,
           few_digits=True, percent=True, short="held out"),
    Column("cosine", ESTIMATE, "the cosine of the critic's gradients and the optimal ones, in L2", headline=True),
    Column("gradient_l2", ESTIMATE, "the mean squared distance of the critic's gradients from the optimal ones",
           headline=True, short="gradient L2"),
    Column("layer", SETTING, "the name of a layer with weights; blank for the whole critic"),
    Column("layer_kind", ABOUT, "the kind of the layer", headline=True, short="kind"),
    Column("layer_weight", ABOUT, "the shape of the layer's weight", headline=True, short="weight"),
    Column("layer_grad", ABOUT, "the mean norm of the critic's gradient with respect to the layer's output",
           headline=True, short="gradient"),
)  # fmt: skip
