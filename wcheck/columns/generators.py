"""Columns of generators in training: the loss of a game, and the quality of its points."""

from __future__ import annotations

from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT, ESTIMATE, LOWER, UPPER = Role.SETTING, Role.ABOUT, Role.ESTIMATE, Role.LOWER, Role.UPPER
OF_BATCH = "the empirical distance between the two batches"
OF_PATCHES = "the empirical distance between these patches"
OF_REAL_PATCHES = "the empirical distance between these patches of real images"
OF_REAL = "the empirical distance between n real points and n of the reference"

COLUMNS: tuple[Column, ...] = (
    Column("real_points", ABOUT, "further points that neither player sees, in place of those of a perfect generator"),
    Setting("collapse", (
        "the spread, as a share of that of real points, below which a generator counts as collapsed if it had at "
        "least twice as much at an earlier evaluation"
    ),
            kind=float, metavar="SHARE"),
    Setting("batch_exact_every", "the number of steps between two rows with the exact distance of the step's own "
            "batches, which is also computed at every evaluation", kind=int, metavar="N"),
    Setting("centroids", (
        "a source of k-medians centroids, such as the file that wcheck kmedians --save wrote, or the "
        "number of centroids to find among the training points; rows say how near generated points are to "
        "them"
    ), kind=str,
            metavar="SOURCE|K"),
    Column("loss", ESTIMATE, (
        "what the critic ascends on, evaluated on the step's batches: for a WGAN "
        "its value without the penalty; without a critic, the objective"
    ), proves="nothing", headline=True),
    Column("value_of_step", ESTIMATE, "the objective of the critic's optimiser in its last step, penalties included",
           proves="nothing"),
    Column("generator_loss", ESTIMATE, "what the generator descends on, evaluated on the step's batches", proves=(
        "nothing"
    )),
    Column("batch_exact", UPPER, "the exact distance between the step's own real and generated batch, the upper end of "
           "its bracket", symbol="W1 of the batch", proves=f"{OF_BATCH} is at most this", headline=True,
           short="W1 batch"),
    Column("batch_exact_lower", LOWER, "the lower end of the bracket of batch_exact",
           proves=f"{OF_BATCH} is at least this"),
    Column("batch_exact_upper", UPPER, "the upper end of the bracket of batch_exact",
           proves=f"{OF_BATCH} is at most this"),
    Column("approximates", ABOUT, "what the objective approximates on a batch: w1, ot-eps or "
           "sinkhorn-divergence; blank if it is none of these"),
    Column("batch_target", ESTIMATE, (
        "the value that the objective approximates "
        "on the step's own batches; an entropic "
        "cost is computed at evaluations only"
    ), proves="nothing; for w1 it lies in the bracket of batch_exact"),
    Column("loss_ratio", ESTIMATE, "the loss as a share of the exact distance of its own batches",
           symbol="loss / W1 of the batch", proves="nothing", headline=True, few_digits=True, percent=True,
           short="loss"),
    Column("target_ratio", ESTIMATE, "the loss as a share of what it approximates", proves="nothing", few_digits=True,
           percent=True),
    Column("batch_seconds", ABOUT, "the time in seconds spent so far on measuring batches, mainly on their exact "
           "distances",
           few_digits=True),
    Column("exact_real", UPPER, "the exact distance between real points and the reference, which a perfect generator "
           "would reach", proves=f"{OF_REAL} is at most this"),
    Column("exact_real_lower", LOWER, "the lower end of the bracket of exact_real",
           proves=f"{OF_REAL} is at least this"),
    Column("exact_real_upper", UPPER, "the upper end of the bracket of exact_real",
           proves=f"{OF_REAL} is at most this"),
    Setting("patches", "the side, in pixels, of the image patches between which the exact distance is solved: in "
            "wcheck exact instead of the distance between whole images, in wcheck gan in addition to it", kind=int,
            metavar="PIXELS"),
    Column("source_patches", ABOUT, "the number of patches that the images of the source have, of which n are taken"),
    Column("target_patches", ABOUT, "the number of patches that the images of the target have, of which m are taken"),
    Column("patch_exact", UPPER, "the exact distance from the patches of generated images to those of the reference, "
           "the upper end of its bracket", symbol="W1 of patches", proves=f"{OF_PATCHES} is at most this"),
    Column("patch_exact_lower", LOWER, "the lower end of the bracket of patch_exact",
           proves=f"{OF_PATCHES} is at least this"),
    Column("patch_exact_upper", UPPER, "the upper end of the bracket of patch_exact",
           proves=f"{OF_PATCHES} is at most this"),
    Column("patch_exact_real", UPPER, "the exact distance from the patches of real images to those of the reference",
           proves=f"{OF_REAL_PATCHES} is at most this"),
    Column("patch_exact_real_lower", LOWER, "the lower end of the bracket of patch_exact_real",
           proves=f"{OF_REAL_PATCHES} is at least this"),
    Column("patch_exact_real_upper", UPPER, "the upper end of the bracket of patch_exact_real",
           proves=f"{OF_REAL_PATCHES} is at most this"),
    Column("patch_count", ABOUT, "the number of patches on each side: all patches, or 2,000 drawn ones"),
    Setting("feature_space", "the embedding in which energy distances are measured, written as for --embed, such "
            "as classifier:digits; without it they are measured in the coordinates of the points themselves",
            kind=str, metavar="NAME|FILE.onnx|MODULE:FUNCTION"),
    Column("energy_distance", ESTIMATE, (
        "half the energy distance between n generated points and the reference, in the feature "
        "space; an unbiased estimate, without pairs of a point with itself, so it can be negative"
    ), few_digits=True,
           proves="nothing; its mean is the energy distance between the distributions, halved"),
    Column("energy_distance_real", ESTIMATE, (
        "the same for n real points, which a perfect generator would reach: close to 0"
    ),
           few_digits=True, proves="nothing; its mean is 0"),
    Column("energy_distance_excess", ESTIMATE, "energy_distance minus energy_distance_real", few_digits=True,
           proves="nothing; its mean is the energy distance between the distributions, halved"),
    Column("classes", ESTIMATE, "the number of classes of the classifier of the feature space that at least one in a "
           "hundred generated points belong to", headline=True),
    Column("js_estimate", ESTIMATE, (
        "the Jensen-Shannon divergence that the discriminator claims on the step's batches: half of its "
        "log-likelihood plus log 2"
    ),
           proves="nothing, because the discriminator was trained on such batches"),
    Column("js_held_out", ESTIMATE, "the same claim of the discriminator on points that neither player has seen",
           proves="nothing by itself; its mean is at most the Jensen-Shannon divergence of the distributions"),
    Column("sharpness", ESTIMATE, "the mean absolute Laplacian of generated images, relative to that of real ones",
           headline=True, few_digits=True, percent=True),
    Column("copied", ESTIMATE, "the share of generated points that are less than half as far from the nearest training "
           "point as from the second nearest", headline=True, few_digits=True, percent=True),
    Column("copied_real", ESTIMATE, "the same share for held-out real points", few_digits=True,
           percent=True),
    Column("modes", ESTIMATE, "the number of modes of the mixture that have a generated point within three standard "
           "deviations", headline=True),
    Column("quality", ESTIMATE, "the share of generated points within three standard deviations of a mode",
           headline=True, few_digits=True, percent=True),
    Column("centroid_distance", ESTIMATE, (
        "the mean distance from generated "
        "points to the nearest of the given "
        "centroids, relative to that of real "
        "points"
    ), headline=True, few_digits=True, percent=True, short="to centroids"),
    Column("generator_gradient_weights", ESTIMATE, (
        "the norm of the gradient of the generator's loss with respect to its weights"
    )),
    Column("saved", ABOUT, "the saved generator, written as for the source generator:"),
)  # fmt: skip
