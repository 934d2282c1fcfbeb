"""Trained weights from files and libraries, matched with the layers of a network by their order and shapes."""

from __future__ import annotations

import json
import logging
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import Tensor, nn

from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import write_tensors
from mobilenas.network import NetworkSpec, load_network, network_names, scale_width, set_classes, set_resolution
from mobilenas.network.published import PROGRAMS
from mobilenas.network.published_weights import PublishedWeights
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, SqueezeExcite
from mobilenas.training.pretrained import Pretrained, pretrained

PAIRS = [
    ("efficientnet_lite0", "timm:tf_efficientnet_lite0"),
    ("efficientnet_lite0", "timm:efficientnet_lite0"),
    ("fbnet_c", "timm:fbnetc_100"),
    ("mnasnet_a1", "timm:semnasnet_100"),
    ("mnasnet_b1", "timm:mnasnet_100"),
    ("mnasnet_b1", "torchvision:mnasnet1_0"),
    ("mobilenet_v2", "timm:mobilenetv2_100"),
    ("mobilenet_v2", "torchvision:mobilenet_v2"),
    ("mobilenet_v3_large", "timm:mobilenetv3_large_100"),
    ("mobilenet_v3_large", "timm:tf_mobilenetv3_large_100"),
    ("mobilenet_v3_large", "torchvision:mobilenet_v3_large"),
    ("mobilenet_v3_small_1024", "timm:mobilenetv3_small_100"),
    ("mobilenet_v3_small_1024", "torchvision:mobilenet_v3_small"),
    ("mobilenet_v4_conv_medium", "timm:mobilenetv4_conv_medium"),
    ("mobilenet_v4_conv_small", "timm:mobilenetv4_conv_small"),
]

SMALL = NetworkSpec(
    Shape(3, 16, 16),
    (
        Conv(8, 3, stride=2),
        MBConv(8, 3, expanded=16, se=SqueezeExcite(divisor=8), residual=True),
        MBConv(12, 5, stride=2, expanded=24),
        Classifier(4),
    ),
    name="small",
)


def randomized(network: nn.Module) -> nn.Module:
    """The network in eval mode, with random batch norms whose values stay near 1."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values in (part.weight, part.running_var):
                nn.init.uniform_(values, 0.8, 1.2)  # type: ignore[arg-type]
            for values in (part.bias, part.running_mean):
                nn.init.normal_(values, std=0.1)  # type: ignore[arg-type]
    return network.eval()


@pytest.fixture(autouse=True)
def libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, nn.Module]]:
    """Networks of the libraries with random weights, by what ``weights=`` says; nothing is downloaded."""
    made: dict[str, nn.Module] = {}
    make_timm, make_torchvision = timm.create_model, torchvision.models.get_model

    def of_timm(name: str, pretrained: bool) -> nn.Module:
        assert pretrained
        return made.setdefault(f"timm:{name}", randomized(make_timm(name, pretrained=False)))

    def of_torchvision(name: str, weights: object) -> nn.Module:
        assert weights is not None
        return made.setdefault(f"torchvision:{name}", randomized(make_torchvision(name, weights=None)))

    monkeypatch.setattr(timm, "create_model", of_timm)
    monkeypatch.setattr(torchvision.models, "get_model", of_torchvision)
    yield made


def outputs(network: NetworkSpec, weights: Pretrained, images: Tensor) -> Tensor:
    module = network.build().eval()
    module.load_state_dict(dict(weights.tensors))
    with torch.no_grad():
        logits: Tensor = module(images)
    return logits


def distance(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1.0))


@pytest.mark.parametrize("name, weights", PAIRS)
def test_a_network_computes_what_the_librarys_does(
    name: str, weights: str, libraries: dict[str, nn.Module], tmp_path: Path
) -> None:
    network, found = pretrained(set_resolution(load_network(name), 64), weights)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        wanted = libraries[weights](images)
    assert found.new == ()
    assert distance(outputs(network, found, images), wanted) < 1e-5
    state = libraries[weights].state_dict()
    torch.save(state, tmp_path / "ordered.pth")
    save_file(state, tmp_path / "sorted.safetensors")  # it loses the order
    for file in ("ordered.pth", "sorted.safetensors"):
        assert distance(outputs(network, pretrained(network, str(tmp_path / file))[1], images), wanted) < 1e-5


@pytest.mark.parametrize("name", [name for name in network_names() if load_network(name).weights])
def test_what_is_written_beside_published_weights_is_what_the_library_says(name: str) -> None:
    about = load_network(name).weights
    assert about is not None
    library, _, model = about.source.partition(":")
    if library == "package":
        pytest.skip("a package says nothing of its weights")
    settings = timm.get_pretrained_cfg(model)
    assert settings is not None and settings.hf_hub_id
    _, found = pretrained(load_network(name), "published")
    assert found.normalization == Normalization(tuple(settings.mean), tuple(settings.std))


def test_published_networks_with_weights_are_those_that_the_libraries_have() -> None:
    with_weights = {name for name in network_names() if load_network(name).weights}
    assert with_weights == {name for name, _ in PAIRS}


def test_a_network_takes_epsilon_and_padding_of_its_weights(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    network, found = pretrained(load_network("mobilenet_v3_large"), "timm:tf_mobilenetv3_large_100")
    assert (network.norm.eps, network.padding) == (1e-3, "same")
    assert found.normalization == Normalization((0.5,) * 3, (0.5,) * 3)
    assert "padding same instead of symmetric" in caplog.text
    network, _ = pretrained(load_network("mobilenet_v2"), "torchvision:mobilenet_v2")
    assert (network.norm.eps, network.padding) == (1e-5, "symmetric")


def test_only_the_last_layer_is_new_if_the_classes_are_others() -> None:
    network, found = pretrained(set_classes(load_network("mobilenet_v2"), 5), "torchvision:mobilenet_v2", seed=1)
    wanted = dict(torchvision.models.get_model("mobilenet_v2", weights="DEFAULT").state_dict())
    assert found.new == ("19.3.weight", "19.3.bias")
    assert torch.equal(found.tensors["18.0.weight"], wanted["features.18.0.weight"])
    again, other = (
        pretrained(network, "torchvision:mobilenet_v2", seed=seed)[1].tensors["19.3.weight"] for seed in (1, 2)
    )
    assert torch.equal(again, found.tensors["19.3.weight"])
    assert not torch.equal(other, again)
    assert again.shape == (5, 1280) and 0 < float(again.abs().max()) <= 1280**-0.5


def saved(path: Path, **about: object) -> str:
    about = {name: one if isinstance(one, str) else json.dumps(one) for name, one in about.items()}
    write_tensors(path, randomized(SMALL.build()).state_dict(), about)  # type: ignore[arg-type]
    return str(path)


def test_own_weights_bring_their_network_normalization_and_classes(tmp_path: Path) -> None:
    trained = replace(SMALL, padding="same", norm=replace(SMALL.norm, eps=0.01))
    about = {
        "network": trained.to_yaml(),
        "normalization": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        "classes": ["a", "b", "c", "d"],
    }
    weights = saved(tmp_path / "weights.safetensors", **about)
    network, found = pretrained(SMALL, weights)
    assert network == trained
    assert found.normalization == Normalization((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert found.classes == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ops: (ops[0].with_activation("h_swish"), *ops[1:]), "layer 0: conv .* there, and conv .* h_swish here"),
        (lambda ops: (*ops[:2], replace(ops[2], stride=1), ops[3]), "layer 2: "),
    ],
    ids=["activation", "stride"],
)
def test_a_network_that_computes_something_else_than_the_runs_is_told(
    change: Callable[[tuple[Op, ...]], tuple[Op, ...]], said: str, tmp_path: Path
) -> None:
    other = replace(SMALL, ops=change(SMALL.ops))
    weights = saved(tmp_path / "weights.safetensors", network=SMALL.to_yaml())
    with pytest.raises(ValueError, match=f"weights.safetensors was trained with a network that computes .*{said}"):
        pretrained(other, weights)
    pretrained(set_resolution(set_classes(SMALL, 7), 64), weights)  # other classes and images are no other network


def test_names_of_classes_that_cannot_be_are_told(tmp_path: Path) -> None:
    weights = saved(tmp_path / "w.safetensors", classes=["a", "b", "b", "d"])
    with pytest.raises(ValueError, match=r"w.safetensors: its metadata name 3 classes in a list of 4\.$"):
        pretrained(SMALL, weights)
    weights = saved(tmp_path / "w.safetensors", classes=["a", "b"], network=SMALL.to_yaml())
    with pytest.raises(ValueError, match=r"its metadata name 2 classes in a list of 2, and its network has 4\.$"):
        pretrained(SMALL, weights)
    weights = saved(tmp_path / "w.safetensors", normalization=[1, 2, 3])
    with pytest.raises(ValueError, match=r"w.safetensors: the normalization in its metadata is damaged: "):
        pretrained(SMALL, weights)


def test_the_last_layer_follows_the_names_of_the_classes(tmp_path: Path) -> None:
    weights = saved(tmp_path / "weights.safetensors", classes=["a", "b", "c", "d"])
    _, same = pretrained(SMALL, weights, classes=["a", "b", "c", "d"])
    _, turned = pretrained(SMALL, weights, classes=["d", "a", "c", "b"])
    _, others = pretrained(SMALL, weights, classes=["a", "b", "c", "e"])
    head = same.tensors["3.3.weight"]
    assert torch.equal(turned.tensors["3.3.weight"], head[[3, 0, 2, 1]]) and turned.new == ()
    assert others.new == ("3.3.weight", "3.3.bias") and not torch.equal(others.tensors["3.3.weight"], head)


def test_a_runs_folder_has_the_weights_of_its_only_network(tmp_path: Path) -> None:
    saved(tmp_path / "retrain" / "small" / "weights.safetensors")
    _, one = pretrained(SMALL, str(tmp_path))
    _, same = pretrained(SMALL, str(tmp_path / "retrain" / "small"))
    assert one.fingerprint == same.fingerprint
    _, inner = pretrained(SMALL, str(tmp_path / "retrain"))
    assert one.fingerprint == inner.fingerprint
    saved(tmp_path / "retrain" / "other" / "weights.safetensors")
    with pytest.raises(ValueError, match=r"weights of 2 networks: choose one of the folders .*other, .*small"):
        pretrained(SMALL, str(tmp_path))


@pytest.mark.parametrize("key", ["state_dict", "model", "ema"])
def test_weights_within_a_checkpoint_are_found(tmp_path: Path, key: str) -> None:
    state = randomized(SMALL.build()).state_dict()
    torch.save({key: {f"module.{name}": one for name, one in state.items()}, "epoch": 3}, tmp_path / "w.ckpt")
    _, found = pretrained(SMALL, str(tmp_path / "w.ckpt"))
    assert all(torch.equal(found.tensors[name], one) for name, one in state.items())


def test_the_order_of_a_layers_tensors_does_not_matter(tmp_path: Path) -> None:
    state = randomized(SMALL.build()).state_dict()
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in state))
    turned = {
        name.replace(layer, f"layer_{place}"): state[name]
        for place, layer in enumerate(layers)
        for name in sorted(state)
        if name.rpartition(".")[0] == layer
    }
    torch.save(turned, tmp_path / "w.pth")
    _, found = pretrained(SMALL, str(tmp_path / "w.pth"))
    assert all(torch.equal(found.tensors[name], one) for name, one in state.items())


def without(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {other: one for other, one in state.items() if other != name}


WRONG: dict[str, tuple[Callable[[dict[str, Tensor]], dict[str, Tensor]], str]] = {
    "a missing tensor": (lambda state: without(state, "1.1.1.running_var"), r"layer 1 \(1.1.1.running_var\) needs 16,"),
    "a missing layer": (
        lambda state: without(state, "2.1.0.weight"),
        r"layer 2 \(2.1.0.weight\) needs 24 x 1 x 5 x 5,",
    ),
    "a missing end": (lambda state: without(state, "3.3.bias"), r"layer 3 \(3.3.bias\) needs 4, and nothing is left"),
    "a tensor too many": (
        lambda state: state | {"aux.weight": torch.zeros(4)},
        "after its last layer, aux.weight of 4",
    ),
    "another kernel": (
        lambda state: state | {"2.1.0.weight": torch.zeros(24, 1, 3, 3)},
        r"layer 2 \(2.1.0.weight\) needs 24 x 1 x 5 x 5, and x.2.1.0.weight of 24 x 1 x 3 x 3 stands there",
    ),
    "a number that is none": (
        lambda state: state | {"0.0.weight": torch.full((8, 3, 3, 3), torch.nan)},
        "x.0.0.weight has a number that is not finite",
    ),
}


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, wrong: str, ending: str) -> None:
    change, said = WRONG[wrong]
    state = {
        f"x.{name}" if name[0].isdigit() else name: one
        for name, one in change(randomized(SMALL.build()).state_dict()).items()
    }
    file = tmp_path / f"w.{ending}"
    torch.save(state, file) if ending == "pth" else save_file(state, file)
    if ending == "safetensors" and "finite" not in said:
        said = "does not fit small: the file keeps no order of layers"
    with pytest.raises(ValueError, match=said) as error:
        pretrained(SMALL, str(file))
    assert "\n" not in str(error.value) and str(file) in str(error.value)


def test_a_network_of_another_width_is_told_by_its_first_layer() -> None:
    with pytest.raises(
        ValueError, match=r"layer 0 \(0.0.weight\) needs 16 x 3 x 3 x 3, and conv_stem.weight of 32 x 3"
    ):
        pretrained(scale_width(load_network("mobilenet_v2"), 0.5), "timm:mobilenetv2_100")


def test_folded_batch_norms_are_told(tmp_path: Path) -> None:
    folded: dict[str, Tensor] = {}
    for name, one in randomized(SMALL.build()).state_dict().items():
        layer, _, leaf = name.rpartition(".")
        if leaf == "weight" and one.ndim > 1:
            folded |= {name: one, f"{layer}.bias": torch.zeros(len(one))}
    torch.save(folded, tmp_path / "w.pth")
    with pytest.raises(ValueError, match="if batch norms were folded into the convolutions, give the weights as they"):
        pretrained(SMALL, str(tmp_path / "w.pth"))


@pytest.mark.parametrize("ending", PROGRAMS)
def test_a_program_for_a_runtime_is_told(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"w{ending}").write_bytes(b"program")
    with pytest.raises(ValueError, match=rf"w{ending} is a program for a runtime, .*: give the folder of the run"):
        pretrained(SMALL, str(tmp_path / f"w{ending}"))


def test_a_network_that_computes_something_else_from_the_same_weights_is_told() -> None:
    network = load_network("mobilenet_v2")
    relu = replace(network, ops=tuple(op.with_activation("h_swish") for op in network.ops))
    with pytest.raises(ValueError, match="computes something else than timm:mobilenetv2_100 from the same weights"):
        pretrained(relu, "timm:mobilenetv2_100")


class Rude:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo harmed > harmed",)


def test_a_pickle_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": Rude()}, "rude.pth")
    Path("plain.pth").write_bytes(pickle.dumps(Rude()))
    for file in ("rude.pth", "plain.pth"):
        with pytest.raises(ValueError, match=rf"{file} needs a pickle, which may run any program, or it is damaged"):
            pretrained(SMALL, file)
    assert not Path("harmed").exists()


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_one_sentence(tmp_path: Path, ending: str, share: float) -> None:
    file, state = tmp_path / f"w.{ending}", SMALL.build().state_dict()
    torch.save(state, file) if ending == "pth" else save_file(state, file)
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=rf"w.{ending} (holds no whole|needs a pickle)") as error:
        pretrained(SMALL, str(file))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "weights, said",
    [
        ("nothing.pth", "weights=nothing.pth is not there: give a file of weights"),
        ("timm:mobilenetv2_10", "timm has no network mobilenetv2_10; did you mean mobilenetv2_1"),
        ("torchvision:mobilenetv2", "torchvision has no network mobilenetv2; did you mean mobilenet_v2"),
        ("torchvision:mobilenet_v2.V9", "has no weights V9: choose from IMAGENET1K_V1, IMAGENET1K_V2"),
        ("package:no_such_package", "package:no_such_package is not installed: write pip install"),
        ("timm:", "weights=timm: has no name after the colon: write for example timm:"),
        ("package:json", "package:json has 0 files of weights, not one"),
        ("published", "The description of small names no weights: .* choose one of efficientnet_lite0, fbnet_c"),
    ],
)
def test_weights_that_are_not_there_are_one_sentence(
    weights: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=said):
        pretrained(SMALL, weights)


def test_a_download_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(name: str, pretrained: bool) -> nn.Module:
        raise OSError("\nNo connection.\nMore lines.")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        ValueError, match=r"timm:mobilenetv2_100 cannot be loaded \(No connection\): connect to"
    ) as error:
        pretrained(load_network("mobilenet_v2"), "timm:mobilenetv2_100")
    assert "\n" not in str(error.value)


def test_weights_of_a_description_are_read_from_its_yaml() -> None:
    text = SMALL.to_yaml().replace("layers:", "weights: {source: w.pth, normalization: inception}\nlayers:")
    assert NetworkSpec.from_yaml(text).weights == PublishedWeights("w.pth", "inception")
    with pytest.raises(ValueError, match="weights: normalization must be imagenet, inception or six numbers"):
        NetworkSpec.from_yaml(text.replace("inception", "[1, 2]"))


BLOCK = ("expand_conv", "expand_bn", "dw_conv", "dw_bn", "project_conv", "project_bn")


def renamed(names: tuple[str, ...]) -> dict[str, Tensor]:
    """The weights of a block, a stem and a head, with these names of the block's layers."""
    state = randomized(PLAIN.build()).state_dict()
    own = ("1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.2.1")
    new = dict(zip(own, names, strict=True)) | {"0.0": "stem", "0.1": "stem_bn", "2.3": "top"}
    return {f"{new[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": one for name, one in state.items()}


PLAIN = NetworkSpec(Shape(3, 8, 8), (Conv(4, 3), MBConv(4, 3, expanded=16, residual=True), Classifier(3)), name="plain")


def test_a_file_without_order_has_each_norm_after_the_convolution_of_its_words(tmp_path: Path) -> None:
    state = renamed(BLOCK)
    save_file(state, tmp_path / "w.safetensors")
    _, found = pretrained(PLAIN, str(tmp_path / "w.safetensors"))
    for own, name in (("1.0.1", "expand_bn"), ("1.1.1", "dw_bn"), ("1.2.1", "project_bn")):
        assert torch.equal(found.tensors[f"{own}.weight"], state[f"{name}.weight"])


def test_layers_that_could_change_places_are_refused_if_nothing_tells_their_order(tmp_path: Path) -> None:
    save_file(renamed(("a", "norm_x", "b", "norm_y", "c", "norm_z")), tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match=r"have the same shapes. Give the file that PyTorch wrote"):
        pretrained(PLAIN, str(tmp_path / "w.safetensors"))


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_tensorflows_names_are_known(tmp_path: Path, ending: str) -> None:
    new = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    state = randomized(PLAIN.build()).state_dict()
    norms = {name.rpartition(".")[0] for name in state if name.endswith("running_var")}
    turned: dict[str, Tensor] = {}
    for layer in dict.fromkeys(name.rpartition(".")[0] for name in state):
        own = [name for name in state if name.rpartition(".")[0] == layer and not name.endswith("tracked")]
        for name in sorted(own, key=lambda one: new[one.rpartition(".")[2]]):  # beta comes first
            end = name.rpartition(".")[2]
            turned[f"x.{layer}.{new[end] if layer in norms else end}"] = state[name]
    file = tmp_path / f"w.{ending}"
    torch.save(turned, file) if ending == "pth" else save_file(turned, file)
    _, found = pretrained(PLAIN, str(file))
    assert all(torch.equal(found.tensors[name], one) for name, one in state.items())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("of int8", lambda one: one.to(torch.int8)),
        ("of complex64", lambda one: one.to(torch.complex64)),
        ("sparse", lambda one: one.to_sparse()),
    ],
)
def test_weights_that_are_no_plain_floats_are_refused(
    kind: str, change: Callable[[Tensor], Tensor], tmp_path: Path
) -> None:
    state = PLAIN.build().state_dict()
    torch.save(state | {"2.3.weight": change(state["2.3.weight"])}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=f"2.3.weight is {kind}; give weights in floating point"):
        pretrained(PLAIN, str(tmp_path / "w.pth"))


def test_a_torchscript_program_is_told(tmp_path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):  # torch deprecates it
        torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "w.pt")
    with pytest.raises(ValueError, match=r"w.pt is a TorchScript program, not weights alone") as error:
        pretrained(PLAIN, str(tmp_path / "w.pt"))
    assert "weights_only" not in str(error.value)


def test_what_a_file_does_not_say_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    torch.save(PLAIN.build().state_dict(), tmp_path / "w.pth")
    pretrained(PLAIN, str(tmp_path / "w.pth"))
    assert "w.pth does not say what it was trained with: epsilon 1e-05 of the batch norms" in caplog.text


def test_published_weights_have_the_epsilon_of_their_description(caplog: pytest.LogCaptureFixture) -> None:
    pretrained(load_network("efficientnet_lite0"), "published")
    assert "does not say" not in caplog.text
