"""Makes config_keys.json: the keys of config.json that transformers' own code of the families reads.

    python make_config_keys.py
"""
import dataclasses
import inspect
import json
import re
from pathlib import Path

import transformers
from transformers.models.bert import modeling_bert
from transformers.models.camembert import modeling_camembert
from transformers.models.electra import modeling_electra
from transformers.models.roberta import modeling_roberta
from transformers.models.xlm_roberta import modeling_xlm_roberta

CONFIGS = ("BertConfig", "ElectraConfig", "RobertaConfig", "XLMRobertaConfig", "CamembertConfig")
CODE = (modeling_bert, modeling_camembert, modeling_electra, modeling_roberta, modeling_xlm_roberta)


def main():
    keys = {"num_labels"}
    for name in CONFIGS:
        keys |= {field.name for field in dataclasses.fields(getattr(transformers, name))}
    for module in CODE:
        keys |= set(re.findall(r"\bconfig\.([a-z_]\w*)\b(?!\()", inspect.getsource(module)))
    (Path(__file__).parent / "config_keys.json").write_text(json.dumps(sorted(keys)) + "\n")


if __name__ == "__main__":
    main()
