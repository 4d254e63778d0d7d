"""Makes the PyTorch golden files in this folder. Run: python make_pytorch.py (torch 2.x)

state.zip.bin and state.legacy.bin hold the same tensors in torch.save's two formats;
state.json holds their elements as torch sees them, in row-major order.
evil.zip.bin and evil.legacy.bin ask the unpickler for os.system; odd.bin is no state dict.
"""

import json
import math
import os
from collections import OrderedDict

import torch

base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
halves = torch.tensor([1, -2, 2.0**-24, 65504, math.inf, -math.inf, -0.0, 1 / 3], dtype=torch.float16)
state = OrderedDict(
    plain=base.clone(),
    parameter=torch.nn.Parameter(base.clone() + 1),
    transposed=base.t(),
    window=base[1:3, 2:5],
    shared=base,
    every_other=torch.arange(10, dtype=torch.float64)[1::2],
    expanded=torch.tensor([[1.5], [2.5]]).expand(2, 3),
    permuted=torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1),
    scalar=torch.tensor(3.25),
    empty=torch.zeros(0, 3),
    halves=halves,
    halves_transposed=halves.reshape(2, 4).t(),
    brains=torch.tensor([1, -2, 2.0**-133, math.inf, 1 / 3], dtype=torch.bfloat16),
    position_ids=torch.arange(5).expand(1, -1),
    flags=torch.tensor([True, False]),
)
state._metadata = OrderedDict({"": {"version": 1}})


class Evil:
    def __reduce__(self):
        return os.system, ("touch pwned",)


def save(value, name):
    torch.save(value, f"{name}.zip.bin")
    torch.save(value, f"{name}.legacy.bin", _use_new_zipfile_serialization=False)


os.chdir(os.path.dirname(os.path.abspath(__file__)))
save(state, "state")
save({"weight": torch.ones(1), "evil": Evil()}, "evil")
torch.save({"model": {"weight": torch.ones(1)}, "epoch": 3}, "odd.bin")
elements = {
    name: {
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "elements": [repr(float(x)) for x in tensor.detach().flatten()],
    }
    for name, tensor in state.items()
}
with open("state.json", "w") as file:
    json.dump(elements, file, indent=1)
    file.write("\n")
