"""Golden values of src/ir's statistics, from scipy and numpy.

    python make_statistics.py     # needs numpy and scipy; writes statistics.json
"""
import json
from pathlib import Path

import numpy
from scipy import stats

VALUES = [0.03, 0.02, -0.02, 0.08, 0.21, 0.05, -0.03, 0.05, 0, 0, 0.4]
CLUSTERS = ["a", "b", "a", "c", "c", "c", "d", "d", "b", "e", "a"]


def clustered():
    """The sandwich estimate of an intercept's variance, X'X on both sides, scores summed by cluster."""
    y, names = numpy.array(VALUES), numpy.array(CLUSTERS)
    X = numpy.ones((len(y), 1))
    bread = numpy.linalg.inv(X.T @ X)
    residuals = y - X[:, 0] * (bread @ X.T @ y)[0]
    scores = numpy.array([(X * residuals[:, None])[names == one].sum(0) for one in sorted(set(names))])
    k = len(scores)
    variance = bread @ (k / (k - 1) * scores.T @ scores) @ bread
    return {"mean": y.mean(), "error": float(variance[0, 0] ** 0.5)}


def summed(cells):
    """The distribution of a sum of hypergeometric numbers, by convolution."""
    total = numpy.array([1.0])
    for units, a, b in cells:
        total = numpy.convolve(total, stats.hypergeom(units, a, b).pmf(numpy.arange(min(a, b) + 1)))
    return total


def main():
    cells = [[128, 6, 9], [128, 0, 4], [256, 30, 12], [40, 25, 30]]
    total = summed(cells)
    golden = {
        "centralT": [[level, degrees, float(stats.t.ppf((1 + level) / 2, degrees))]
                     for level in (0.5, 0.9, 0.95, 0.999) for degrees in (1, 2, 7, 19, 29.5, 999)],
        "meanInterval": {"values": VALUES,
                         "95": [float(x) for x in stats.ttest_1samp(VALUES, 0).confidence_interval(0.95)],
                         "90": [float(x) for x in stats.ttest_1samp(VALUES, 0).confidence_interval(0.9)]},
        "clusteredMean": {"values": VALUES, "clusters": CLUSTERS, **clustered()},
        "hypergeometric": [[units, a, b, k, float(stats.hypergeom(units, a, b).cdf(k)),
                            float(stats.hypergeom(units, a, b).sf(k - 1))]
                           for units, a, b, k in ((20, 7, 9, 0), (20, 7, 9, 3), (12, 9, 8, 5), (12, 9, 8, 6),
                                                  (4096, 400, 300, 10), (4096, 400, 300, 29), (4096, 400, 300, 60))],
        "sum": {"cells": cells,
                "tails": [[k, float(total[:k + 1].sum()), float(total[k:].sum())] for k in (15, 19, 22, 30)]},
    }
    Path(__file__).with_name("statistics.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
