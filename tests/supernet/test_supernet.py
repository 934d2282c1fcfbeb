"""The supernet is the space's networks with shared weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.supernet import Supernet, load_supernet, save_supernet


def _space(width: float = 0.25) -> LayerwiseSpace:
    return MoGA(width=width, stages=2, blocks=2, hidden=0.0625, unstrided=2).space(4, 8)


def test_a_forward_pass_is_that_of_the_stand_alone_network() -> None:
    torch.manual_seed(0)
    space = _space()
    supernet = Supernet(space).eval()
    images = torch.randn(2, 3, 8, 8)
    for architecture in space.sample(5, np.random.default_rng(0)).tolist():
        alone = space.network(architecture).build().eval()
        for layer, own in zip(alone, supernet.path(architecture), strict=True):
            layer.load_state_dict(own.state_dict())
        torch.testing.assert_close(supernet(images, architecture), alone(images))


def test_its_parameters_are_those_of_all_candidates() -> None:
    space = _space()
    expected = sum(layer.params for candidates in space.layers for layer in candidates)
    assert sum(weight.numel() for weight in Supernet(space).parameters()) == expected


def test_shared_and_candidate_parameters_are_all_of_them_once() -> None:
    supernet = Supernet(_space())
    parts = supernet.shared_parameters() + supernet.candidate_parameters()
    assert sorted(map(id, parts)) == sorted(map(id, supernet.parameters()))


def test_an_architecture_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="4 decisions, not 3"):
        Supernet(_space()).path((0, 0, 0))


def test_saved_weights_load_back(tmp_path: Path) -> None:
    supernet = Supernet(_space())
    save_supernet(supernet, tmp_path / "weights.safetensors")
    loaded = load_supernet(_space(), tmp_path / "weights.safetensors").state_dict()
    for name, tensor in supernet.state_dict().items():
        assert torch.equal(tensor, loaded[name])


def test_weights_of_another_space_are_refused(tmp_path: Path) -> None:
    save_supernet(Supernet(_space()), tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="was trained for another search space"):
        load_supernet(_space(width=0.5), tmp_path / "weights.safetensors")


def test_weights_that_do_not_say_their_space_are_refused(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(1)}, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="another search space"):
        load_supernet(_space(), tmp_path / "weights.safetensors")


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_text("nothing")
    with pytest.raises(ValueError, match="holds no whole safetensors weights"):
        load_supernet(_space(), tmp_path / "weights.safetensors")
