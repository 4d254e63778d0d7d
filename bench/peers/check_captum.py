"""Checks conductance.py's captum:* rules against Captum itself: LayerConductance on two linears of the fixture.

    python check_captum.py            # prints the largest relative difference, fails above 1e-9
"""
import torch
from captum.attr import LayerConductance

from conductance import CAPTUM, Input, PairPath, conductance, logits_of, open_model, open_tokenizer, read_pairs, target_of

MODEL, PAIRS = "fixtures/tiny-cross-encoder", "fixtures/pairs.tsv"
CHECKED, STEPS = (("intermediate", 1), ("value", 3)), 12


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)  # else Captum rounds the Riemann points to float32
    model, tokenizer = open_model(MODEL), open_tokenizer(MODEL)
    query, passage, label = read_pairs(PAIRS)[0]
    path = PairPath(model, Input(model, tokenizer, query, passage), "logit", label)
    modules = {(component, layer): module for component, layer, module in path.linears}
    worst = 0.0
    for method in CAPTUM:
        ours = conductance(path, f"captum:{method}", STEPS)
        for component, layer in CHECKED:
            captum = LayerConductance(
                lambda x: target_of(logits_of(model, x, path.pair.types), "logit", label), modules[component, layer])
            theirs = captum.attribute(path.end[None], path.start[None], n_steps=STEPS, method=method)
            theirs = theirs.detach().sum((0, 1))
            difference = float((ours[component][layer] - theirs).norm() / theirs.norm())
            worst = max(worst, difference)
            print(f"{method:18} {layer}.{component:14} {difference:.1e}")
    assert worst < 1e-9, worst


if __name__ == "__main__":
    main()
