"""Qrels and a run on which versions 9 and 10 of trec_eval differ, and what each prints.

    git clone https://github.com/usnistgov/trec_eval
    for v in v9.0.8 v10.0; do (cd trec_eval && git checkout $v && make && cp trec_eval ../trec_eval-$v); done
    python make_trec_eval.py FOLDER_OF_BOTH_PROGRAMS

Scores differ by less than float32 tells apart; half of the run's lines go on behind the sixth field;
ids hold "#". Version 9 knows no comments: it is given the files without them.
"""

import json
import pathlib
import random
import subprocess
import sys

here = pathlib.Path(__file__).parent
programs = pathlib.Path(sys.argv[1])
names = {"ndcg_cut_10": "nDCG@10", "map": "AP", "recip_rank": "RR", "P_5": "P@5", "recall_20": "R@20"}

random.seed(3)
qrels, run = ["# judgements"], ["# a run", "  # 1 2 3 4 5 6"]
for topic in range(6):
    documents = [f"d{i}#x" if i % 7 == 0 else f"d{i}" for i in range(30)]
    for document in documents:
        if random.random() < 0.6:
            qrels.append(f"t{topic} 0 {document} {random.choice([0, 0, 1, 2])}")
    random.shuffle(documents)
    for document in documents:
        score = 0.5 + random.randrange(5) * 3e-9 + random.randrange(3) * 0.1
        more = " more fields" if random.random() < 0.5 else ""
        run.append(f"t{topic}\tQ0 {document}  1 {score!r} tag{more}")
    run.append("")


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return path


files = [write(here / "versions.qrels", qrels), write(here / "versions.run", run)]
plain = [write(pathlib.Path(f"/tmp/{file.name}"),
               [line for line in file.read_text().split("\n") if not line.strip().startswith("#")])
         for file in files]
plain[0].write_text(plain[0].read_text().strip() + "\n")
printed = {}
for version, program, inputs in (("9", "trec_eval-v9.0.8", plain), ("10", "trec_eval-v10.0", files)):
    options = [word for name in ("ndcg_cut.10", "map", "recip_rank", "P.5", "recall.20") for word in ("-m", name)]
    text = subprocess.run([programs / program, "-q", *options, *inputs], check=True, capture_output=True, text=True)
    rows = [[field.strip() for field in line.split("\t")] for line in text.stdout.splitlines()]
    printed[version] = {f"{names[name]} {topic}": value for name, topic, value in rows}
(here / "versions.json").write_text(json.dumps(printed, indent=1) + "\n")
