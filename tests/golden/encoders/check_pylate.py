"""Compares forward/colbert-*.json with what PyLate itself makes of models/colbert-*, in float32.

    python -m venv pylate && pylate/bin/pip install pylate==1.6.0 && pylate/bin/python check_pylate.py
"""
import json
from pathlib import Path

from pylate import models, scores

HERE = Path(__file__).parent

for folder in sorted((HERE / "models").glob("colbert-*")):
    model, far = models.ColBERT(str(folder), device="cpu"), 0.0
    for row in json.loads((HERE / "forward" / f"{folder.name}.json").read_text())["pairs"]:
        query = model.encode([row["query"]], is_query=True, convert_to_tensor=True)
        passage = model.encode([row["passage"]], is_query=False, convert_to_tensor=True)
        far = max(far, abs(scores.colbert_scores(query, passage).item() - row["logits"][0]))
    print(f"{folder.name}: {far:.1e}")
    assert far < 1e-5
