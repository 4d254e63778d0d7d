"""Recomputes a study's results from its files with numpy and scipy: sets, overlaps, locations, certainty's errors, tests.

    python check_study.py DIR     # needs numpy, scipy and safetensors; shares no code with the project
"""
import json
import re
import sys
from pathlib import Path

import numpy
from safetensors.numpy import load_file
from scipy import stats

COMPONENTS = ["query", "key", "value", "attention_output", "intermediate", "ff_output"]


def main(folder):
    results = json.loads((folder / "results.json").read_text())
    layers = results["model"]["layers"]
    files = {path.stem: load_file(path) for path in (folder / "schemes").glob("*.safetensors")}
    flat = {name: numpy.concatenate([tensors[f"mean/{c}"][l] for l in range(layers) for c in COMPONENTS])
            for name, tensors in files.items()}
    names = [f"{l}.{c}.{u}" for l in range(layers) for c in COMPONENTS
             for u in range(files["P_" + results["attribution"][0]["abbreviation"]][f"mean/{c}"].shape[1])]
    total = len(names)
    checked = 0

    def top(vector, level):
        size = max(1, round(level * total))
        return set(numpy.lexsort((numpy.arange(total), -vector))[:size].tolist())

    def collections(text):
        first, *rest = re.split(r"\s-\s", text)
        return [one for one in results["sets"].get(first, [first]) if one not in rest]

    def vector(letter, x):
        return flat[f"{letter}_{x}"] if letter != "F" else (flat[f"P_{x}"] + flat[f"N_{x}"]) / 2

    def members(expression, level):
        if found := re.fullmatch(r"all\(([PNF]), (.*)\)", expression):
            return set.intersection(*(top(vector(found[1], x), level) for x in collections(found[2])))
        if found := re.fullmatch(r"fuse\((.*)\)", expression):
            every = [flat[f"{letter}_{x}"] for x in collections(found[1]) for letter in "PN" if f"{letter}_{x}" in flat]
            return top(sum(every) / len(every), level)
        parts = [top(vector(*re.fullmatch(r"([PNF])\[(.*)\]", part).groups()), level) for part in expression.split(" & ")]
        return set.intersection(*parts)

    for path in (folder / "sets").glob("*.json"):
        file = json.loads(path.read_text())
        assert {names.index(n) for n in file["neurons"]} == members(file["expression"], file["level"]), path
        checked += 1
    for curve in results.get("overlaps", {}).get("curves", []):
        for point in curve["points"]:
            found = members(curve["expression"], point["level"])
            assert len(found) == point["count"], (curve["expression"], point)
            assert abs(100 * len(found) / max(1, round(point["level"] * total)) - point["percent"]) < 1e-9
            checked += 1
    for location in results["locations"]:
        found = [names[i].split(".") for i in members(location["expression"], location["level"])]
        for l, row in enumerate(location["counts"]):
            assert row == [sum(n[0] == str(l) and n[1] == c for n in found) for c in COMPONENTS]
            checked += 1
    for scheme in results["schemes"]:
        tensors = files[scheme["name"].replace("[", "_").rstrip("]")]
        for one in scheme["strongest"]:
            l, c, u = one["neuron"].split(".")
            error = (tensors[f"m2/{c}"][int(l), int(u)] / (scheme["pairs"] - 1) / scheme["pairs"]) ** 0.5
            assert abs(one["standardError"] - error) <= 1e-9 * error
            checked += 1
    for row in results.get("ablation", {}).get("rows", []):
        for cell in row["cells"]:
            for change in cell["collections"]:
                file = json.loads((folder / f"data/ablation-{change['collection']}.json").read_text())
                before = numpy.array(file["original"])
                [own] = [r for r in file["rows"] if (r["expression"], r["level"]) == (row["expression"], cell["level"])]
                after = numpy.mean(own["ndcg"], axis=0)
                assert abs(100 * (before.mean() - after.mean()) / before.mean() - change["percent"]) < 1e-9
                if numpy.abs(before - after).max() > 1e-12:
                    for key, test in (("paired", stats.ttest_rel), ("independent", stats.ttest_ind)):
                        found = test(before, after)
                        assert abs(found.pvalue - change[key]["p"]) < 1e-8, (row["expression"], key, found, change)
                        assert abs(found.statistic - change[key]["t"]) < 1e-8
                else:
                    assert change["paired"]["p"] == 1 and change["points"] == 0
                checked += 1
            for group, spec in zip(cell["groups"], results["ablation"]["groups"]):
                own = [c for c in cell["collections"] if c["collection"] in spec["collections"]]
                assert abs(numpy.mean([c["percent"] for c in own]) - group["percent"]) < 1e-9
                assert group["significant"]["paired"] == sum(c["paired"]["p"] <= 0.05 for c in own)
    print(f"{checked} results recomputed")


main(Path(sys.argv[1]))
