"""Columns of the points that a row is about: where they are from, how many they are, what was done to them."""

from __future__ import annotations

from wcheck.columns.column import Column, Role

SETTING, ABOUT = Role.SETTING, Role.ABOUT

COLUMNS: tuple[Column, ...] = (
    Column("source", SETTING, "the source of the first measure, or of the only one"),
    Column("target", SETTING, "the source of the second measure"),
    Column("data", SETTING, "the source that batches, centroids or images are taken from"),
    Column("critic", SETTING, "the folder of a saved critic"),
    Column("n", SETTING, "the number of points of the first measure, of each sample, or of each batch"),
    Column("m", SETTING, "the number of points of the second measure"),
    Column("dim", SETTING, "the number of coordinates of a point", symbol="d"),
    Column("p", SETTING, "the order of the Wasserstein distance"),
    Column("scale", SETTING, "the scale of the first measure's points, such as 0,1"),
    Column("target_scale", SETTING, "the scale of the second measure's points where it is another one"),
    Column("image_size", SETTING, "the pixels a side that images were resized to", symbol="pixels"),
    Column("embed", SETTING, "the function of the user's own that mapped the points to vectors"),
    Column("dtype", SETTING, "the number type of the coordinates"),
    Column("duplicates", ABOUT, "the number of points that were left out because they equal another one"),
    Column("k", SETTING, "the number of clusters, or of nearest neighbours"),
    Column("funnels", SETTING, "the number of centres that the points of a known pair are moved to"),
    Column("move", SETTING, "the share of the way to its centre that a point of a known pair is moved"),
    Column(
        "mean", SETTING, "the mean m of the data, where the generator's points have the mean -m", symbol="m"
    ),
    Column("std", SETTING, "the standard deviation of the data and of the generator's points", symbol="s"),
    Column("theta_star", SETTING, "the parameter of the Bernoulli variables that are the data", symbol="θ*"),
)
