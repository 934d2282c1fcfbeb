"""Tensors come back as they were written, and a module takes exactly its own."""

import json
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from math import inf, nan
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mobilenas.files.tensors import fill, read_about, read_tensors, write_tensors


def a_module(channels: int = 4) -> nn.Module:
    torch.manual_seed(channels)
    return nn.Sequential(nn.Conv2d(3, channels, 3), nn.BatchNorm2d(channels))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_tensors(tmp_path / "weights.safetensors", a_module().state_dict(), {"space": "moga"})
    return tmp_path / "weights.safetensors"


def test_tensors_and_texts_come_back(path: Path) -> None:
    expected = a_module().state_dict()
    found = read_tensors(path)
    assert found.keys() == expected.keys() == load_file(path).keys()
    assert all(torch.equal(found[name], one) and found[name].dtype == one.dtype for name, one in expected.items())
    assert read_about(path) == {"space": "moga"}


def test_a_module_computes_what_the_written_one_does(path: Path) -> None:
    other = a_module(5)[0:0].append(nn.Conv2d(3, 4, 3)).append(nn.BatchNorm2d(4))
    fill(other, read_tensors(path), path)
    images = torch.rand(2, 3, 8, 8)
    assert torch.equal(other.eval()(images), a_module().eval()(images))


def _with(name: str, tensor: Tensor) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda tensors: tensors | {name: tensor}


OTHERS: dict[str, tuple[Callable[[dict[str, Tensor]], dict[str, Tensor]], str]] = {
    "one missing": (lambda tensors: {name: one for name, one in tensors.items() if name != "1.bias"}, "no 1.bias"),
    "none": (lambda tensors: {}, "it has no 0.weight"),
    "a foreign one": (_with("2.weight", torch.zeros(1)), "2.weight, which the network has not"),
    "a shape": (_with("0.bias", torch.zeros(5)), "0.bias is 5 of float32, and must be 4 of float32"),
    "another order": (_with("0.weight", torch.zeros(3, 4, 3, 3)), "0.weight is 3 x 4 x 3 x 3"),
    "fewer bits": (_with("0.bias", torch.zeros(4, dtype=torch.float16)), "0.bias is 4 of float16"),
    "whole numbers": (_with("0.bias", torch.zeros(4, dtype=torch.int64)), "0.bias is 4 of int64"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_weights_of_another_network_are_refused(name: str, path: Path) -> None:
    change, sentence = OTHERS[name]
    save_file(change(load_file(path)), path)
    module = a_module()
    with pytest.raises(ValueError, match=rf"weights\.safetensors holds the weights of another network: .*{sentence}"):
        fill(module, read_tensors(path), path)
    assert torch.equal(module[0].weight, a_module()[0].weight)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_a_number_that_is_not_finite_is_refused(value: float, kind: torch.dtype, path: Path) -> None:
    save_file({"1.bias": torch.tensor([0, value, 0], dtype=kind)}, path)
    with pytest.raises(ValueError, match=r"1\.bias has a number that is not finite"):
        read_tensors(path)


def _header(content: bytes, change: Callable[[dict[str, dict[str, object]]], object]) -> bytes:
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "a pickle": lambda content: b"cos\nsystem\n(S'true'\ntR.",
    "a long header": lambda content: struct.pack("<Q", 2**62) + content[8:],
    "a nested header": lambda content: struct.pack("<Q", 200_000) + b"[" * 200_000 + content,
    "offsets of another tensor": lambda content: _header(
        content, lambda head: head["0.bias"].update(data_offsets=[0, 16])
    ),
    "a huge shape": lambda content: _header(content, lambda head: head["0.bias"].update(shape=[2**40, 2**40])),
    "a negative shape": lambda content: _header(content, lambda head: head["0.bias"].update(shape=[-4])),
    "an unknown type": lambda content: _header(content, lambda head: head["0.bias"].update(dtype="F33")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_in_a_sentence(damage: str, path: Path) -> None:
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(ValueError, match=rf"{path} holds no whole safetensors weights: "):
        read_tensors(path)


@pytest.mark.parametrize("value", [inf, nan])
def test_such_a_number_is_not_written(value: float, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    with pytest.raises(FloatingPointError, match=f"{path} is not written, because w has a number that is not finite"):
        write_tensors(path, {"w": torch.tensor([1.0, value])})
    assert not path.exists()


def test_a_disk_that_is_full_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit fails as on a full disk
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(OSError, match=f"^{path} cannot be written: .*File too large"):
            write_tensors(path, {"w": torch.zeros(1000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing.safetensors", "."])
def test_what_is_no_file_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{tmp_path / name} cannot be read: "):
        read_tensors(tmp_path / name)


def test_texts_of_another_program_are_read_as_they_are(tmp_path: Path) -> None:
    save_file({"0.weight": torch.ones(2)}, tmp_path / "w", {"format": "pt"})
    assert read_about(tmp_path / "w") == {"format": "pt"}


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"network": 3}', "[" * 100_000])
def test_texts_that_are_damaged_are_refused(text: str, tmp_path: Path) -> None:
    save_file({"0.weight": torch.ones(2)}, tmp_path / "w", {"mobilenas": text})
    with pytest.raises(ValueError, match=r"w cannot be used: the texts beside its tensors are damaged\.$"):
        read_about(tmp_path / "w")


def test_every_process_writes_the_same_bytes(tmp_path: Path) -> None:
    """A hash of the file says whether two trainings ended in the same weights."""
    code = (
        "import torch, sys; from pathlib import Path; from mobilenas.files.tensors import write_tensors\n"
        "write_tensors(Path(sys.argv[1]), {'a': torch.ones(2)}, {name: name for name in 'abcdefgh'})"
    )
    for number in range(3):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / str(number))], check=True)
    assert len({(tmp_path / str(number)).read_bytes() for number in range(3)}) == 1
