"""Columns about points that are closer to the data than data: candidates, centroids, altered images."""

from __future__ import annotations

from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT, ESTIMATE = Role.SETTING, Role.ABOUT, Role.ESTIMATE
MEAN = "nothing by itself; an estimate of the mean empirical distance between batches"
LOSS = "the empirical distance to the data, up to float64 rounding"

COLUMNS: tuple[Column, ...] = (
    Column("candidate", SETTING, "the candidate with which batches or blocks of data are compared", bare=True),
    Column("weights", SETTING, "the weights of a candidate's points: uniform, or the weights of their cells"),
    Column("draw", SETTING, "whether a candidate is fixed or sampled again for each batch"),
    Column("w1_fit", ESTIMATE, "the distance from a fixed candidate to all points that it was fitted to", proves=LOSS),
    Column("w1", ESTIMATE, "the mean distance of a candidate to batches of data", proves=MEAN, headline=True),
    Column("difference", ESTIMATE, "the mean difference from the distance between two real batches", headline=True),
    Column("difference_error", ESTIMATE, "the standard error of the difference", headline=True, short="diff.err."),
    Column("real", ESTIMATE, "the mean distance between two Gaussian batches", proves=MEAN, headline=True),
    Column("real_error", ESTIMATE, "the standard error of real", headline=True),
    Column("dirac", ESTIMATE, "the mean distance of Gaussian batches to the Dirac at the mean", proves=MEAN,
           headline=True),
    Column("dirac_error", ESTIMATE, "the standard error of dirac", headline=True),
    Column("dirac_expected", ESTIMATE, "the expected distance of a Gaussian batch to the Dirac, in closed form",
           proves="the expectation itself", headline=True, short="expected"),
    Column("kmeans_loss", ESTIMATE, "the mean distance to the nearest of the k-means centroids", proves=LOSS,
           headline=True, short="k-means"),
    Column("kmedians_loss", ESTIMATE, "the mean distance to the nearest of the k-medians centroids", proves=LOSS,
           headline=True, short="k-medians"),
    Column("random_loss", ESTIMATE, "the mean distance to the nearest of k random points of the data", proves=LOSS,
           headline=True, short="random"),
    Column("perturbed_loss", ESTIMATE, (
        "the mean distance to the nearest of the k-medians centroids after they are moved slightly"
    ),
           proves=LOSS),
    Setting("index", "the number of the reference image in the data, counted from 0", kind=int, metavar="I"),
    Column("label", ABOUT, "the class of the reference image", headline=True),
    Column("alteration", SETTING, "what was done to the reference image", bare=True),
    Column("amount", ABOUT, "the strength of the alteration"),
    Column("altered_distance", ESTIMATE, "the distance between the reference image and its altered form",
           headline=True, short="to altered"),
    Column("nearest_index", ABOUT, "the number of the nearest image of another class", headline=True,
           short="nearest"),
    Column("nearest_label", ABOUT, "the class of the nearest image of another class", headline=True,
           short="its label"),
    Column("nearest_distance", ESTIMATE, "the distance between the reference image and the nearest of another class",
           headline=True, short="to nearest"),
    Column("nearer", ABOUT, "the number of images of other classes that are nearer than the altered form",
           headline=True),
    Column("others", ABOUT, "the number of images of other classes"),
)  # fmt: skip
