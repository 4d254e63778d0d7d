"""Golden values of src/ir/correlation_intervals.ts, from scipy and numpy.

    python make_correlations.py     # needs numpy and scipy; writes correlations.json

Clusters are repeated as often as they are drawn and scipy ranks the longer lists anew: nothing is
shared with the program but the words of its docstring.
"""
import json
from pathlib import Path

import numpy
from scipy import stats

DRAWS = 20_000


def interval(x, y, clusters, random):
    rho = stats.spearmanr(x, y).statistic
    names = sorted(set(clusters))
    members = [numpy.flatnonzero(clusters == name) for name in names]
    found = []
    for _ in range(DRAWS):
        drawn = random.integers(len(names), size=len(names) - 1)
        at = numpy.concatenate([members[k] for k in drawn])
        if len(set(x[at])) == 1 or len(set(y[at])) == 1:
            continue  # says nothing
        ranks = stats.rankdata(x[at]), stats.rankdata(y[at])
        found.append(numpy.arctanh(numpy.corrcoef(*ranks)[0, 1]))
    error = numpy.std(found, ddof=1)
    degrees = len(names) - 1
    half = stats.t.ppf(0.975, degrees) * error
    z = numpy.arctanh(rho)
    return {"rho": float(rho), "z": [float(z - half), float(z + half)],
            "p": float(max(2.0 ** -degrees, 2 * stats.t.sf(abs(z) / error, degrees)))}


def main():
    random = numpy.random.default_rng(4)
    clusters = numpy.array([f"q{i}" for i in range(12) for _ in range(3 + i % 4)])
    n = len(clusters)
    of_query = dict(zip(sorted(set(clusters)), random.normal(size=12)))
    common = numpy.array([of_query[name] for name in clusters])
    xs = [common + random.normal(size=n), random.normal(size=n)]
    ys = [numpy.round(common + random.normal(size=n)),  # ties
          numpy.array([float(len(name) + ord(name[1]) % 3) for name in clusters]),  # one value a cluster
          0.6 * xs[0] + random.normal(size=n)]
    golden = {
        "clusters": clusters.tolist(),
        "xs": [x.tolist() for x in xs],
        "ys": [y.tolist() for y in ys],
        "found": [[interval(x, y, clusters, random) for y in ys] for x in xs],
    }
    Path(__file__).with_name("correlations.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
