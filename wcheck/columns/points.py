"""Columns of the points that a row is about: where they are from, how many they are, what was done to them."""

from __future__ import annotations

from wcheck.columns import choices
from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT = Role.SETTING, Role.ABOUT

COLUMNS: tuple[Column, ...] = (
    Column("source", SETTING, "the source of the first measure, or of the only one"),
    Column("target", SETTING, "the source of the second measure"),
    Setting(
        "by",
        "the column of both tables (.csv, .tsv, .parquet) that names the group of each point: groups of one name are "
        "compared, a row for each",
        kind=str,
        metavar="COLUMN",
    ),
    Column("group", SETTING, "the group of points that the row is about"),
    Setting(
        "data",
        "the source of the points; where two sets are compared, its first n points are the one and the next n points "
        "the other, and wcheck gan cuts it into three parts",
        kind=str,
        metavar="SOURCE",
    ),
    Setting(
        "critic",
        "the critic: the folder that wcheck oracle --save wrote, or, where --state takes its weights, a function of "
        "yours that is given the shape of a point and returns a torch.nn.Module from points (n, d), or images by their "
        "shape, to values (n,) or (n, 1)",
        kind=str,
        metavar="DIR|MODULE:FACTORY",
    ),
    Setting(
        "state",
        "the file with the weights of a critic that a function of yours makes: its state_dict() as torch.save (.pt, "
        ".pth) or safetensors write it, of a checkpoint the one under KEY; no code in it is run",
        kind=str,
        metavar="FILE[:KEY]",
    ),
    Setting("n", "the number of points of each set that is compared", kind=int, metavar="N"),
    Column("m", SETTING, "the number of points of the second measure"),
    Setting("dim", "the number of coordinates of a point", kind=int, metavar="D|A:B", symbol="d"),
    Setting(
        "p",
        "the order of the Wasserstein distance",
        kind=int,
        metavar="1|2",
        published="1",
        groups=("estimator",),
    ),
    Setting(
        "metric",
        "the ground metric: euclidean, cityblock, chebyshev, cosine (1 - cos), angular (radians), haversine (points "
        "(latitude, longitude) in degrees, distances in km), or a function of yours, module:function, that maps blocks "
        "of points (k, d) and (l, d) to costs (k, l)",
        kind=str,
        metavar="NAME|MODULE:FUNCTION",
        published="euclidean",
        choices=choices.METRICS,
    ),
    Column("unit", SETTING, "the unit of the ground distances, where it is not that of the points"),
    Setting(
        "partial",
        "the mass to move instead of all of it, at most the smaller of the two totals; weights are then masses as "
        "they are, and the value is the least cost of moving exactly this mass, without a root",
        kind=float,
        metavar="MASS",
    ),
    Setting(
        "penalty_unmatched",
        "the cost per unit of mass that is left unmoved on either side; weights are then masses as they are, and the "
        "value is the least sum of both costs, without a root",
        kind=float,
        metavar="COST",
    ),
    Column("source_mass", ABOUT, "the mass of the first measure, where masses are not normalised"),
    Column("target_mass", ABOUT, "the mass of the second measure, where masses are not normalised"),
    Column("scale", SETTING, "the scale of the first measure's points, such as 0,1"),
    Column("target_scale", SETTING, "the scale of the second measure's points where it is another one"),
    Column("image_size", SETTING, "the pixels a side that images were resized to", symbol="pixels"),
    Column("cost", SETTING, "the file of the cost matrix"),
    Column("source_weights", SETTING, "the file of the weights of a cost matrix's rows"),
    Column("target_weights", SETTING, "the file of the weights of a cost matrix's columns"),
    Column(
        "embed",
        SETTING,
        "the embedding that mapped the points to vectors: its name, its file, or a function of the user's",
    ),
    Column("dtype", SETTING, "the number type of the coordinates"),
    Column("duplicates", ABOUT, "the number of points that were left out because they equal another one"),
    Setting("k", "the number of clusters, or of nearest neighbours", kind=int, metavar="K"),
    Setting(
        "funnels",
        "the number of centres that the points of a known pair are moved to, 1 for a cone",
        kind=int,
        metavar="K",
    ),
    Setting(
        "move",
        "the share of the way to its centre that a point of a known pair is moved",
        kind=float,
        metavar="SHARE",
    ),
    Setting(
        "mean",
        "the mean m of the data, where the generator's points have the mean -m",
        kind=float,
        metavar="M",
        symbol="m",
    ),
    Setting(
        "std",
        "the standard deviation of the data and of the generator's points",
        kind=float,
        metavar="S",
        symbol="s",
    ),
    Setting(
        "theta_star",
        "the parameter of the Bernoulli variables that are the data",
        kind=float,
        metavar="THETA",
        symbol="θ*",
    ),
)
