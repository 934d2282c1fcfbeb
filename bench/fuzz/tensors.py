"""Changes of weights and checkpoints: of heads, and of the names, shapes, types and numbers of tensors."""

import io
import json
import pickle
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save

from bench.fuzz.trees import json_changed, tree_changed


def safetensors_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns weights with another head, or with tensors of other names, shapes, types or numbers."""
    length = struct.unpack("<Q", content[:8])[0]
    if rng.random() < 0.4:
        head = json_changed(content[8 : 8 + length], rng)
        wrong = int(rng.choice([0, 0, 0, 1, -1, 10**6, 2**40])) if rng.random() < 0.3 else 0
        return struct.pack("<Q", max(0, len(head) + wrong)) + head + content[8 + length :]
    facts: Mapping[str, str] = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    return save(tensors_changed(load(content), rng), dict(facts) or None)


def tensors_changed(tensors: dict[str, torch.Tensor], rng: np.random.Generator) -> dict[str, torch.Tensor]:
    name = str(rng.choice(list(tensors)))
    tensor = tensors.pop(name)
    match rng.integers(7):
        case 0:
            return tensors
        case 1:
            name = str(rng.choice([f"{name}s", f"module.{name}", "", name.upper()]))
        case 2:
            tensors["another"] = torch.zeros(3)
        case 3:
            types = [torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.bool]
            tensor = tensor.to(types[rng.integers(len(types))])
        case 4:
            shapes = [(-1,), (1, *tensor.shape), (*tensor.shape, 1), (*reversed(tensor.shape),)]
            tensor = tensor.reshape(shapes[rng.integers(len(shapes))])
        case 5:
            tensor = (
                torch.full_like(tensor, float(rng.choice([np.nan, np.inf, -np.inf])))
                if tensor.is_floating_point()
                else -tensor
            )
        case _:
            tensor = torch.cat([tensor.reshape(-1)] * 2)
    return tensors | {name: tensor.contiguous()}


class Pickled:
    """Calls a function where it is unpickled without care."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("unpickled",)


def torch_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns a checkpoint with other content, or another kind of file that torch may take for one."""
    whole = torch.load(io.BytesIO(content), "cpu", weights_only=True)
    match rng.integers(6):
        case 0:
            whole.pop(str(rng.choice(list(whole))))
        case 1:
            whole["state_dict"] = tensors_changed(dict(whole["state_dict"]), rng)
        case 2:
            whole = tree_changed({"loops": whole["loops"]}, rng) | {"state_dict": whole["state_dict"]}
        case 3:
            others = ([], {}, 1, None, torch.zeros(3), whole["state_dict"], {"state_dict": {}, "loops": {}})
            whole = others[rng.integers(len(others))]
        case 4:
            return pickle.dumps(Pickled() if rng.random() < 0.5 else {"state_dict": {}, "loops": {}})
        case _:
            whole["extra"] = Pickled()
    file = io.BytesIO()
    torch.save(whole, file, _use_new_zipfile_serialization=bool(rng.random() < 0.7))
    return file.getvalue()
