"""Columns of candidates that are compared with real data, and of tests whether two samples are of one distribution."""

from __future__ import annotations

from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT, ESTIMATE, LOWER, UPPER = Role.SETTING, Role.ABOUT, Role.ESTIMATE, Role.LOWER, Role.UPPER
EXPECTED = "nothing; an estimate of the expected difference at this n, conditional on the candidate as it is"

COLUMNS: tuple[Column, ...] = (
    Column("reference", SETTING, "the source of the real data with which everything is compared"),
    Column("against", SETTING, "the other candidate with which it is compared; blank for other real data", bare=True),
    Setting("train", "the source of the points that candidates were made from, or that generators were trained on",
            kind=str, metavar="SOURCE"),
    Setting("blocks", "the number of disjoint blocks that each candidate is cut into; the reference is cut into "
            "twice as many",
            kind=int, metavar="J"),
    Setting("shuffle_seed", "the seed with which rows are shuffled before they are cut into blocks",
            kind=int, metavar="SEED"),
    Setting("statistic", (
        "the statistic of the permutation test: energy, mmd or w1 (which solves a transport problem for every "
        "permutation)"
    ),
            kind=str, metavar="energy|mmd|w1", bare=True),
    Column("effective_size", ABOUT, "the effective number of points given their weights, 1 / sum w^2"),
    Column("baseline", ESTIMATE, "the mean distance of what it is compared with: other real data, or another "
           "candidate", proves="nothing by itself; where it is exact, the bracket beside it holds it"),
    Column("baseline_lower", LOWER, "the lower end of the baseline's bracket, a mean over blocks",
           proves="the mean empirical distance of these blocks is at least this"),
    Column("baseline_upper", UPPER, "the upper end of the baseline's bracket, a mean over blocks",
           proves="the mean empirical distance of these blocks is at most this"),
    Column("excess", ESTIMATE, "the distance minus that of other real data of the same size, or of another "
           "candidate", proves=EXPECTED, headline=True),
    Column("interval_low", ESTIMATE, "the lower end of Student's interval for the expected excess, for this row alone",
           short="from",
           proves="nothing; an interval at the stated confidence, if the blocks are independent", headline=True),
    Column("interval_high", ESTIMATE, "the upper end of Student's interval for the expected excess, for this row alone",
           short="to",
           proves="nothing; an interval at the stated confidence, if the blocks are independent", headline=True),
    Column("farther", ESTIMATE, "the share of blocks in which it is farther than what it is compared with",
           headline=True, few_digits=True, percent=True),
    Column("excess_p_value", ESTIMATE, "the p-value of Student's test that the expected excess is 0"),
    Column("excess_p_corrected", ESTIMATE, "the same p-value after Holm's correction over all candidates, or over all "
           "pairs of them", headline=True, few_digits=True, short="p(excess)",
           gist="the p-value of the test that the expected excess is 0, corrected for all candidates (Holm)"),
    Column("rank", ESTIMATE, (
        "1 + the number of candidates that are nearer according to Holm's test; equal ranks are ties"
    ),
           headline=True),
    Column("p_corrected", ESTIMATE, "the p-value of the permutation test after Holm's correction over all candidates",
           headline=True, few_digits=True, short="p(test)"),
    Column("spread", ESTIMATE, "the root mean squared distance from the mean, relative to that of real data",
           headline=True, few_digits=True, percent=True),
    Column("nearest", ESTIMATE, (
        "the mean distance to the nearest training or reference "
        "point, relative to that of other real points; 0 for exact "
        "copies, and below 1 for blurred points too"
    ), headline=True, few_digits=True, percent=True),
)  # fmt: skip
