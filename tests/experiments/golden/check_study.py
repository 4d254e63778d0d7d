"""An independent recount of a study from its files, with numpy and scipy; shares no code with the project.

    python check_study.py DIR

Sets, overlaps, places, standard errors, Table 4 with its tests, and the exact distributions are recomputed
and must agree to rounding. Intervals over queries come from a bootstrap of its own, with other random
numbers: they must agree within what as few draws leave open. Verdicts are given by its own reading of the
rules (docs/verdicts.md); a test may differ only where its deciding number is that close to its bound.
"""
import json
import re
import sys
from pathlib import Path

import numpy
from scipy import stats

COMPONENTS = ["query", "key", "value", "attention_output", "intermediate", "ff_output"]
DRAWS = 200
NOISE = 1.1  # deviations over draws are raised by it (docs/verdicts.md)
MARGIN = 0.35  # of an interval's half width: five standard errors of deviations over 200 and 200 draws


def read_safetensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F64", (path, name)
        start, end = (8 + size + x for x in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(data[start:end], "<f8").reshape(entry["shape"])
    return tensors, metadata


class Study:
    def __init__(self, folder):
        self.folder = folder
        self.results = json.loads((folder / "results.json").read_text())
        self.layers = self.results["model"]["layers"]
        self.means, self.queries, self.sums, self.counts, self.drawn = {}, {}, {}, {}, []
        for path in sorted((folder / "schemes").glob("*.safetensors")):
            tensors, metadata = read_safetensors(path)
            flat = lambda kind: numpy.concatenate(
                [tensors[f"{kind}/{c}"][..., l, :] for l in range(self.layers) for c in COMPONENTS], axis=-1)
            self.means[path.stem] = flat("mean")
            if "queries" in metadata:
                self.queries[path.stem] = json.loads(metadata["queries"])
                self.sums[path.stem] = flat("by_query")
                self.counts[path.stem] = tensors["by_query_pairs"]
        first = next(iter(self.means))
        units = self.results["model"]["units"]
        self.places = [(l, c, u) for l in range(self.layers) for c in COMPONENTS for u in range(units[c])]
        self.names = [f"{l}.{c}.{u}" for l, c, u in self.places]
        self.total = len(self.names)
        assert self.total == len(self.means[first])
        self.cell = numpy.array([l * len(COMPONENTS) + COMPONENTS.index(c) for l, c, _ in self.places])
        self.cell_units = numpy.bincount(self.cell)

    def size(self, level):
        return max(1, int(numpy.floor(level * self.total + 0.5)))

    def ranks(self, vector):
        """Places from the largest value down, equal values by id."""
        found = numpy.empty(self.total, int)
        found[numpy.argsort(-vector, kind="stable")] = numpy.arange(self.total)
        return found

    def top(self, vector, level):
        return self.ranks(vector) < self.size(level)

    def collections(self, text):
        first, *rest = re.split(r"\s-\s", text)
        return [one for one in self.results["sets"].get(first, [first]) if one not in rest]

    def members(self, expression, level, means=None):
        means = self.means if means is None else means
        vector = lambda letter, x: (means[f"{letter}_{x}"] if letter != "F"
                                    else (means[f"P_{x}"] + means[f"N_{x}"]) / 2)
        if found := re.fullmatch(r"all\(([PNF]), (.*)\)", expression):
            tops = [self.top(vector(found[1], x), level) for x in self.collections(found[2])]
            return numpy.logical_and.reduce(tops)
        if found := re.fullmatch(r"fuse\((.*)\)", expression):
            every = [means[f"{letter}_{x}"] for x in self.collections(found[1]) for letter in "PN"
                     if f"{letter}_{x}" in means]
            return self.top(sum(every) / len(every), level)
        parts = re.split(r" (&|-) ", expression)
        found = self.top(vector(*re.fullmatch(r"([PNF])\[(.*)\]", parts[0]).groups()), level)
        for operator, part in zip(parts[1::2], parts[2::2]):
            other = self.members(part, level, means)
            found = found & (other if operator == "&" else ~other)
        return found

    def schemes_of(self, expression):
        if found := re.fullmatch(r"all\(([PNF]), (.*)\)", expression):
            letters = "PN" if found[1] == "F" else found[1]
            return [f"{letter}_{x}" for letter in letters for x in self.collections(found[2])]
        if found := re.fullmatch(r"fuse\((.*)\)", expression):
            return [f"{l}_{x}" for l in "PN" for x in self.collections(found[1]) if f"{l}_{x}" in self.means]
        return [f"{letter}_{x}" for l, x in re.findall(r"([PNF])\[(\w+)\]", expression)
                for letter in ("PN" if l == "F" else l)]

    def draws(self):
        """Means of all schemes with the queries of every collection drawn anew, one fewer than there are."""
        if not self.drawn:
            self.drawn = list(self.draw())
        return self.drawn

    def draw(self):
        random = numpy.random.default_rng(1)
        strata = {}
        for name in self.means:
            strata.setdefault(name[2:], []).append(name)
        for _ in range(DRAWS):
            means = {}
            for own in strata.values():
                units = sorted(set().union(*(self.queries[name] for name in own)))
                while True:
                    chosen = random.integers(len(units), size=len(units) - 1)
                    times = dict(zip(*numpy.unique(chosen, return_counts=True)))
                    weights = {name: numpy.array([times.get(units.index(q), 0) for q in self.queries[name]])
                               for name in own}
                    pairs = {name: weights[name] @ self.counts[name] for name in own}
                    if all(pairs.values()):
                        break
                for name in own:
                    means[name] = weights[name] @ self.sums[name] / pairs[name]
            yield means

    def fewest(self, names):
        return min(len(self.queries[name]) for name in names)

    def shared(self, a, b):
        """The distribution of what random sets share that are as large in every layer and component."""
        total = numpy.array([1.0])
        for units, x, y in zip(self.cell_units, *(numpy.bincount(self.cell[s], minlength=len(self.cell_units))
                                                  for s in (a, b))):
            if x and y:
                total = numpy.convolve(total, stats.hypergeom(units, x, y).pmf(numpy.arange(min(x, y) + 1)))
        return total

    def shared_variance(self, a, b):
        x, y = (numpy.bincount(self.cell[s], minlength=len(self.cell_units)) for s in (a, b))
        return sum(p * q * (u - p) * (u - q) / (u * u * (u - 1)) for u, p, q in zip(self.cell_units, x, y) if u > 1)


def close(found, wanted, tolerance=1e-9):
    assert abs(found - wanted) <= tolerance * max(1, abs(wanted)), (found, wanted)


def close_interval(interval, value, deviation, degrees, unit, clip=(-numpy.inf, numpy.inf)):
    """An interval against one of the recount's own draws; `unit`: what one neuron more is."""
    half = stats.t.ppf(0.975, degrees) * NOISE * deviation
    for key, end in (("low", max(clip[0], value - half)), ("high", min(clip[1], value + half))):
        assert abs(interval[key] - end) <= MARGIN * max(half, abs(interval[key] - value)) + unit, \
            (interval, value, half)


def holm(p):
    p = numpy.asarray(p, float)
    order = numpy.argsort(p, kind="stable")
    corrected = numpy.empty(len(p))
    corrected[order] = numpy.minimum(1, numpy.maximum.accumulate(p[order] * numpy.arange(len(p), 0, -1)))
    return corrected


def tells(point):
    return point["size"] >= 20 and point["level"] <= 0.05 + 1e-9


def check_sets(study):
    checked = 0
    for path in (study.folder / "sets").glob("*.json"):
        file = json.loads(path.read_text())
        wanted = study.members(file["expression"], file["level"])
        assert [study.names.index(n) for n in file["neurons"]] == numpy.flatnonzero(wanted).tolist(), path
        checked += 1
    for scheme in study.results["schemes"]:
        name = scheme["name"].replace("[", "_").rstrip("]")
        counts, sums = study.counts[name], study.sums[name]
        assert scheme["queries"] == len(counts) and scheme["pairs"] == counts.sum() and scheme["errorsOver"] == "queries"
        numpy.testing.assert_allclose(sums.sum(0) / counts.sum(), study.means[name], atol=1e-11)
        for one in scheme["strongest"]:
            i = study.names.index(one["neuron"])
            residuals = sums[:, i] - counts * study.means[name][i]
            k = len(counts)
            close(one["standardError"], (k / (k - 1) * (residuals ** 2).sum()) ** 0.5 / counts.sum(), 1e-6)
            checked += 1
    return checked


def check_overlaps(study):
    overlaps = study.results.get("overlaps")
    if not overlaps:
        return 0
    curves, levels = overlaps["curves"], overlaps["levels"]
    observed = {}
    for curve in curves:
        for at, point in enumerate(curve["points"]):
            found = int(study.members(curve["expression"], point["level"]).sum())
            assert found == point["count"] and study.size(point["level"]) == point["size"], (curve["expression"], point)
            close(point["percent"], 100 * found / point["size"])
            observed[curve["expression"], at] = point["percent"]
            if curve["kind"] == "labels":
                x = curve["collections"][0]
                total = study.shared(*(study.top(study.means[f"{l}_{x}"], point["level"]) for l in "PN"))
                close(point["tails"]["below"], total[:found + 1].sum())
                close(point["tails"]["above"], total[found:].sum())
    contrast = lambda one, share: numpy.mean([share[e] for e in one["more"]]) - numpy.mean([share[e] for e in one["less"]])
    drawn = {}
    for means in study.draws():
        ranks = {name: study.ranks(mean) for name, mean in means.items()}
        for at, level in enumerate(levels):
            tops = {name: own < study.size(level) for name, own in ranks.items()}
            share = {}
            for curve in curves:
                both = numpy.logical_and.reduce([tops[name] for name in study.schemes_of(curve["expression"])])
                share[curve["expression"]] = 100 * both.sum() / study.size(level)
                drawn.setdefault((curve["expression"], at), []).append(share[curve["expression"]])
            for one in overlaps["contrasts"]:
                drawn.setdefault((one["claim"], at), []).append(contrast(one, share))
    deviation = {key: numpy.std(values, ddof=1) for key, values in drawn.items()}
    for curve in curves:
        degrees = study.fewest(study.schemes_of(curve["expression"])) - 1
        for at, point in enumerate(curve["points"]):
            key = curve["expression"], at
            close_interval(point["interval"], observed[key], deviation[key], degrees, 30 / point["size"], (0, 100))
    for one in overlaps["contrasts"]:
        names = {n for e in one["more"] + one["less"] for n in study.schemes_of(e)}
        for at, point in enumerate(one["points"]):
            value = contrast(one, {e: observed[e, at] for e in one["more"] + one["less"]})
            close(point["value"], value, 1e-7)
            chance = sum(numpy.mean([study.shared_variance(*(study.top(study.means[n], point["level"])
                                                             for n in study.schemes_of(e))) for e in side]) / len(side)
                         for side in (one["more"], one["less"])) * (100 / point["size"]) ** 2
            error = ((NOISE * deviation[one["claim"], at]) ** 2 + chance) ** 0.5
            close_interval(point["interval"], value, error / NOISE, study.fewest(names) - 1, 10 / point["size"])
            file_error = (point["interval"]["high"] - point["value"]) / stats.t.ppf(0.975, point["degrees"])
            if file_error > 0:
                close(point["p"], 2 * stats.t.sf(abs(point["value"]) / file_error, point["degrees"]), 1e-6)
    return len(observed)


def check_places(study):
    checked = 0
    for location in study.results["locations"]:
        found = study.members(location["expression"], location["level"])
        counts = numpy.bincount(study.cell[found], minlength=study.layers * 6).reshape(study.layers, 6)
        assert counts.tolist() == location["counts"]
        checked += 1
        if not location["effects"]:
            continue
        units = study.cell_units.reshape(study.layers, 6)
        first, last = location["effects"]["middle"]
        assert (first, last) == (study.layers // 4, max(1, -(-study.layers // 2)) - 1)
        middle = numpy.zeros((study.layers, 6), bool)
        middle[first:last + 1] = True
        end, rare = numpy.zeros((study.layers, 6), bool), numpy.zeros((study.layers, 6), bool)
        end[-2:] = True
        rare[:, :2] = True
        everywhere = numpy.ones_like(middle)
        regions = {"lastLayers": (everywhere, end), "queryKey": (middle, rare & middle)}
        times = lambda c, w, r: c[r].sum() / c[w].sum() / (units[r].sum() / units[w].sum()) if c[w].sum() else None
        drawn = {key: [] for key in regions}
        for means in study.draws():
            own = study.members(location["expression"], location["level"], means)
            c = numpy.bincount(study.cell[own], minlength=study.layers * 6).reshape(study.layers, 6)
            for key, (w, r) in regions.items():
                value = times(c, w, r)
                drawn[key].append(1 if value is None else value)
        degrees = study.fewest(study.schemes_of(location["expression"])) - 1
        for key, (w, r) in regions.items():
            effect = location["effects"][key]
            assert (effect["count"], effect["of"]) == (counts[r].sum(), counts[w].sum())
            law = stats.hypergeom(units[w].sum(), units[r].sum(), counts[w].sum())
            close(effect["tails"]["below"], law.cdf(effect["count"]))
            close(effect["tails"]["above"], law.sf(effect["count"] - 1))
            if effect["timesEven"] is not None:
                close(effect["timesEven"], times(counts, w, r))
                one = 1 / effect["of"] / effect["even"]
                close_interval(effect["interval"], effect["timesEven"], numpy.std(drawn[key], ddof=1), degrees,
                               0.3 * one, (0, numpy.inf))
    return checked


def check_certainty(study):
    checked = 0
    for one in study.results.get("certainty", []):
        rows = [line.split("\t") for line in (study.folder / one["file"]).read_text().splitlines()[1:]]
        members = [study.names.index(name) for name, _ in rows]
        assert sorted(members) == numpy.flatnonzero(study.members(one["expression"], one["level"])).tolist()
        if not members:
            continue
        inside = numpy.mean([study.members(one["expression"], one["level"], means)[members] for means in study.draws()], 0)
        given = numpy.array([float(p) for _, p in rows])
        least = 5 * (0.25 * (1 / 200 + 1 / DRAWS)) ** 0.5
        assert numpy.abs(inside - given).max() <= max(least, 0.3), one["expression"]
        assert abs(inside.mean() - one["mean"]) < 0.06, (inside.mean(), one["mean"])
        assert one["sure"] == (given >= 0.95).sum() and one["doubtful"] == (given <= 0.5).sum()
        checked += len(rows)
    return checked


def check_ablation(study):
    ablation = study.results.get("ablation")
    if not ablation:
        return 0
    checked, losses, original = 0, {}, {}
    for spec in study.results["validation"]:
        file = json.loads((study.folder / f"data/ablation-{spec['abbreviation']}.json").read_text())
        before, best = numpy.array(file["original"]), numpy.array(file["attainable"])
        assert (before <= best + 1e-12).all()
        close(spec["original"], before.mean())
        close(spec["attainable"], best.mean())
        close(spec["atAttainable"], (before >= best - 1e-12).mean())
        original[spec["abbreviation"]] = before
        for row in file["rows"]:
            key = row["expression"], row["level"], spec["abbreviation"]
            losses[key] = 100 * numpy.mean(before - numpy.array(row["ndcg"]), axis=0)
    cells = {}
    for row in ablation["rows"]:
        for cell in row["cells"]:
            for change in cell["collections"]:
                own = losses[row["expression"], cell["level"], change["collection"]]
                before = original[change["collection"]]
                close(change["points"], own.mean(), 1e-7)
                close(change["percent"], own.mean() / before.mean(), 1e-7)
                if own.any():
                    paired = stats.ttest_1samp(own, 0)
                    independent = stats.ttest_ind(before, before - own / 100)
                    close(change["paired"]["p"], paired.pvalue, 1e-6)
                    close(change["independent"]["p"], independent.pvalue, 1e-6)
                    low, high = paired.confidence_interval(0.95)
                    close(change["interval"]["low"], low, 1e-6)
                    close(change["interval"]["high"], high, 1e-6)
                else:
                    assert change["paired"]["p"] == 1 and change["points"] == 0 and change["holm"] is None
                cells.setdefault((change["collection"], row["kind"]), []).append((change, own.any()))
                checked += 1
            for group, spec in zip(cell["groups"], ablation["groups"]):
                own = [c for c in cell["collections"] if c["collection"] in spec["collections"]]
                close(group["percent"], numpy.mean([c["percent"] for c in own]), 1e-7)
                assert group["significant"]["paired"] == sum(c["paired"]["p"] <= 0.05 for c in own)
    for family in cells.values():
        tested = [change for change, _ in family if change["holm"] is not None]
        for change, corrected in zip(tested, holm([c["paired"]["p"] for c in tested])):
            close(change["holm"], corrected)
    families = {}
    for one in ablation["contrasts"]:
        at = one["level"], one["collection"]
        beyond = lambda row: losses[row, *at] - (losses[f"random({row})", *at] if one["beyondRandom"] else 0)
        d = beyond(one["more"]) - beyond(one["less"])
        close(one["points"], d.mean(), 1e-7)
        assert one["changed"] == (d != 0).sum() and one["queries"] == len(d)
        if one["changed"]:
            found = stats.ttest_1samp(d, 0)
            close(one["p"], found.pvalue, 1e-6)
            close(one["interval"]["low"], found.confidence_interval(0.95)[0], 1e-6)
            families.setdefault(one["claim"], []).append(one)
        else:
            assert one["holm"] is None
        checked += 1
    for family in families.values():
        for one, corrected in zip(family, holm([c["p"] for c in family])):
            close(one["holm"], corrected, 1e-6)
    return checked


def outcomes(study, claim):
    """Outcomes of a claim's tests by this program's own reading of the rule, in the order of the results."""
    results = study.results
    overlaps, ablation = results.get("overlaps"), results.get("ablation")
    sign = lambda value, p: "undecided" if p > 0.05 or value == 0 else "supports" if value > 0 else "contradicts"
    home = next((one["abbreviation"] for one in results["attribution"] if one["inDomain"]), None)
    if claim == "baseline":
        lead = results["baselines"]["padAhead"]
        neutral = results["baselines"].get("neutral", 0)  # of two encoders what unrelated texts have
        rows = {row["baseline"]: abs(row["difference"] - neutral) for row in results["baselines"]["rows"]
                if row["baseline"] not in ("original", "unrelated")}
        assert lead["runnerUp"] == min((b for b in rows if b != "pad"), key=rows.get)
        close(lead["value"], rows[lead["runnerUp"]] - rows["pad"], 1e-7)
        return [sign(lead["value"], lead["p"])]
    if claim in ("hundred-steps", "rule-in-use"):
        convergence = results["convergence"]
        wanted = {"rule": "right", "steps": 100, "tolerance": None} if claim == "hundred-steps" else convergence["inUse"]
        row = next(r for r in convergence["rows"] if all(r[k] == wanted[k] for k in wanted))
        found = []
        for error in row["errors"]:
            enough = error["pairs"] >= 20 and error["interval"] is not None
            found.append("undecided" if not enough else "supports" if error["interval"]["high"] < 0.05
                         else "contradicts" if error["interval"]["low"] >= 0.05 else "undecided")
        for scheme, error in zip(row["schemes"], row["errors"]):
            enough = scheme["ofScheme"] and error["pairs"] >= min(20, scheme["ofScheme"]["pairs"])
            found.append("undecided" if not enough else
                         "supports" if scheme["ofScheme"]["overlap"] >= 0.95 - 1e-9 else "contradicts")
        return found
    if claim.startswith("core-"):
        label = claim[5:]
        every = [c for c in overlaps["curves"] if c["kind"] == "all" and c.get("label") == label and "3" in c["figures"]]
        curve = next((c for c in every if c["inDomain"]), every[0])
        return ["supports" if p["interval"]["low"] >= 25 else "contradicts" if p["interval"]["high"] < 25
                else "undecided" for p in curve["points"] if tells(p)]
    if claim == "disjoint-labels":
        points = [(c, at, p) for c in overlaps["curves"] if c["kind"] == "labels" for at, p in enumerate(c["points"]) if tells(p)]
        above = holm([p["tails"]["above"] for _, _, p in points])
        found = []
        for (curve, at, p), tail in zip(points, above):
            same = [c["points"][at]["percent"] for c in overlaps["curves"]
                    if c["kind"] == "pair" and curve["collections"][0] in c["collections"]]
            most = min(5, numpy.mean(same) / 2) if same else 5
            found.append("supports" if p["interval"]["high"] <= most else "contradicts" if tail <= 0.05 else "undecided")
        return found
    if claim.startswith("out-of-domain-"):
        contrast = next((c for c in overlaps["contrasts"] if c["claim"] == claim), None)
        points = [p for p in contrast["points"] if tells(p)] if contrast else []
        return [sign(p["value"], q) for p, q in zip(points, holm([p["p"] for p in points]))]
    if claim in ("non-relevant-harms-more", "fusion"):
        return ["unchanged" if one["holm"] is None else sign(one["points"], one["holm"])
                for one in ablation["contrasts"] if one["claim"] == claim]
    if claim == "random":
        sets = [r["expression"] for r in ablation["rows"] if r["kind"] == "set"]
        of = next((e for e in sets if e.startswith("N[")), sets[0])
        row = next(r for r in ablation["rows"] if r["expression"] == f"random({of})")
        found = []
        for cell in row["cells"]:
            for change in cell["collections"]:
                n, scale = change["queries"], change["original"]
                error = (change["interval"]["high"] - change["points"]) / stats.t.ppf(0.975, n - 1) / scale
                value = change["points"] / scale
                # two one-sided tests against -2 and 2
                tost = n >= 20 and all(2 + s * value > stats.t.ppf(0.95, n - 1) * error for s in (1, -1))
                beyond = change["interval"]["low"] / scale > 2 or change["interval"]["high"] / scale < -2
                found.append("supports" if tost else "contradicts" if beyond else "undecided")
        return found
    location = next((l for l in results["locations"] if l["expression"] == f"N[{home}]"), None)
    if not location or not location["effects"]:
        return []
    if claim == "last-layers":
        effect = location["effects"]["lastLayers"]
        low, high = effect["interval"]["low"], effect["interval"]["high"]
        return ["supports" if low > 1 and effect["tails"]["above"] <= 0.05
                else "contradicts" if high < 1 and effect["tails"]["below"] <= 0.05 else "undecided"]
    assert claim == "query-key"
    effect = location["effects"]["queryKey"]
    if effect["interval"] is None:
        return ["undecided"]
    return ["supports" if effect["interval"]["high"] < 0.5 and effect["tails"]["below"] <= 0.05
            else "contradicts" if effect["interval"]["low"] > 0.5 and effect["tails"]["below"] > 0.05 else "undecided"]


def check_verdicts(study):
    smallness = {"hundred-steps", "rule-in-use", "core-relevant", "core-non-relevant", "disjoint-labels", "random"}
    for one in study.results["conclusions"]:
        found = [test["outcome"] for test in one["tests"]]
        if found:
            assert outcomes(study, one["id"]) == found, (one["id"], outcomes(study, one["id"]), found)
        yes, no = found.count("supports"), found.count("contradicts")
        if one["id"] in smallness:
            wanted = ("mixed" if yes >= no else "fails") if no else "holds" if found and yes == len(found) else "untested"
        else:
            wanted = ("mixed" if no else "holds") if yes else "fails" if no else "untested"
        assert one["verdict"] == wanted, one
    return len(study.results["conclusions"])


def main(folder):
    study = Study(folder)
    parts = {"sets and errors": check_sets, "overlaps": check_overlaps, "places": check_places,
             "probabilities": check_certainty, "changes and comparisons": check_ablation, "verdicts": check_verdicts}
    print(", ".join(f"{check(study)} {name}" for name, check in parts.items()), "recounted")


main(Path(sys.argv[1]))
