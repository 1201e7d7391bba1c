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
        "the column of both tables (.csv, .tsv, .parquet) that names the group of each point: groups with the same "
        "name are compared, with one row per group",
        kind=str,
        metavar="COLUMN",
    ),
    Column("group", SETTING, "the group of points that the row is about"),
    Setting(
        "data",
        "the source of the points; if two sets are compared, they are its first n points and the next n "
        "points; wcheck gan cuts it into three parts",
        kind=str,
        metavar="SOURCE",
    ),
    Setting(
        "critic",
        "the critic: the folder that wcheck oracle --save wrote, or, if --state gives its weights, module:factory for "
        "your own function, which takes the shape of a point and returns a torch.nn.Module from flat points (n, d) or "
        "images to values (n,) or (n, 1)",
        kind=str,
        metavar="DIR|MODULE:FACTORY",
    ),
    Setting(
        "state",
        "the file with the weights of a critic that your own function makes: its state_dict() as torch.save (.pt, "
        ".pth) or safetensors writes it, or FILE:KEY for the one under KEY in a checkpoint; no code in it is run",
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
        "(latitude, longitude) in degrees, distances in km), or module:function for your own function that maps blocks "
        "of points (k, d) and (l, d) to costs (k, l)",
        kind=str,
        metavar="NAME|MODULE:FUNCTION",
        published="euclidean",
        choices=choices.METRICS,
    ),
    Column("unit", SETTING, "the unit of the ground distances, if it is not that of the points"),
    Setting(
        "partial",
        "the mass to move instead of all of it, at most the smaller of the two totals; weights are then used as "
        "masses, unchanged, and the value is the minimal cost of moving exactly this mass, without a root",
        kind=float,
        metavar="MASS",
    ),
    Setting(
        "penalty_unmatched",
        "the cost per unit of mass that is left unmoved on either side; weights are then used as masses, unchanged, "
        "and the value is the minimal sum of both costs, without a root",
        kind=float,
        metavar="COST",
    ),
    Column("source_mass", ABOUT, "the mass of the first measure, if masses are not normalised"),
    Column("target_mass", ABOUT, "the mass of the second measure, if masses are not normalised"),
    Column("scale", SETTING, "the scale of the first measure's points, such as 0,1"),
    Column("target_scale", SETTING, "the scale of the second measure's points, if it differs"),
    Column("image_size", SETTING, "the side, in pixels, to which images were resized", symbol="pixels"),
    Column("cost", SETTING, "the file of the cost matrix"),
    Column("source_weights", SETTING, "the file of the weights of a cost matrix's rows"),
    Column("target_weights", SETTING, "the file of the weights of a cost matrix's columns"),
    Column(
        "embed",
        SETTING,
        "the embedding that mapped the points to vectors: its name, its file, or the user's function",
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
