"""What a TFLite file computes on LiteRT is what torch computes, and it has the operators that phones are fast at."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from torch import Tensor, nn

from mobilenas.engine.export.tflite import to_tflite
from mobilenas.network import NetworkSpec, load_network, network_names, set_resolution
from mobilenas.network.layer import Layer
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from tests.engine.test_export import IMAGE, OPS, Twice, ready

OPERATORS = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
EVEN = Shape(12, 10, 12)


def run(model: bytes, images: Tensor) -> Tensor:
    """What LiteRT computes, as torch lays it out."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    (input,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(input["index"], images.permute(0, 2, 3, 1).contiguous().numpy())
    interpreter.invoke()
    found = torch.from_numpy(interpreter.get_tensor(output["index"]).copy())
    return found.permute(0, 3, 1, 2) if found.ndim == 4 else found


@torch.no_grad()
def difference(module: nn.Module, input: Shape, batch: int = 2) -> float:
    """The largest difference from torch on random images, as a share of the largest output above 1."""
    images = torch.randn(batch, input.channels, input.height, input.width, generator=torch.Generator().manual_seed(0))
    expected = module(images.clone())
    return float((run(to_tflite(module, input, "piece", batch), images) - expected).abs().max()) / max(
        1.0, float(expected.abs().max())
    )


def operators(model: bytes) -> Counter[str]:
    """How often each operator stands in a file."""
    read = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    codes = [OPERATORS[code.builtinCode] for code in read.operatorCodes]
    return Counter(codes[one.opcodeIndex] for one in read.subgraphs[0].operators)


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("image", [IMAGE, EVEN], ids=str)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.key(IMAGE))
def test_every_operation_computes_what_torch_computes(op: Op, image: Shape, padding: str) -> None:
    module = ready(Layer(op, image, padding=padding).build(), image)  # type: ignore[arg-type]
    assert difference(module, image) < 1e-5


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("name", network_names())
def test_a_published_network_computes_what_torch_computes(name: str, padding: str) -> None:
    network = replace(set_resolution(load_network(name), 64), padding=padding)
    assert difference(ready(network.build(), network.input), network.input, batch=1) < 1e-4


@pytest.mark.parametrize("side", range(6, 12))
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("pool", [nn.AvgPool2d, nn.MaxPool2d])
def test_pools_and_convolutions_of_every_size(side: int, kernel: int, pool: type[nn.Module]) -> None:
    image = Shape(4, side, side + 1)
    windows = [nn.Conv2d(4, 4, kernel, 2, kernel // 2, groups=groups) for groups in (1, 2, 4)]
    windows += [nn.Conv2d(4, 4, kernel, 1, 2 * (kernel // 2), 2, groups=4), nn.Conv2d(4, 8, kernel, 2, 0)][
        : 2 - (side < kernel)
    ]
    pools = [pool(kernel, stride, kernel // 2) for stride in (1, 2)]
    for module in (*windows, *pools):
        assert difference(module.eval(), image) < 1e-5, module


@pytest.mark.parametrize("include", [False, True])
def test_an_average_counts_its_padding_if_torch_does(include: bool) -> None:
    for side in (7, 8):
        module = nn.AvgPool2d(3, 2, 1, count_include_pad=include).eval()
        assert difference(module, Shape(3, side, side)) < 1e-6


def test_a_value_that_is_read_twice_keeps_its_sign() -> None:
    class Kept(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.alike, self.act = nn.Conv2d(12, 12, 1), nn.Identity(), nn.ReLU()

        def forward(self, input: Tensor) -> Tensor:
            value = self.conv(input)
            output: Tensor = self.act(self.alike(value)) + value
            return output

    for module in (Kept(), Twice()):
        assert difference(ready(module, IMAGE), IMAGE) < 1e-5


def test_the_operators_of_a_block_are_as_few_as_on_phones() -> None:
    block = MBConv(12, 3, stride=2, act="relu6", expanded=36)
    counts = {
        padding: operators(to_tflite(Layer(block, EVEN, padding=padding).build().eval(), EVEN, "b"))  # type: ignore[arg-type]
        for padding in ("symmetric", "same")
    }
    assert counts["same"] == {"CONV_2D": 2, "DEPTHWISE_CONV_2D": 1}  # norms and ReLU6 are within them
    assert counts["symmetric"] == {"CONV_2D": 2, "DEPTHWISE_CONV_2D": 1, "PAD": 1}
    network = set_resolution(load_network("mobilenet_v2"), 64)
    found = operators(to_tflite(replace(network, padding="same").build().eval(), network.input, "v2"))
    assert found == {"CONV_2D": 35, "DEPTHWISE_CONV_2D": 17, "ADD": 10, "MEAN": 1, "RESHAPE": 1, "FULLY_CONNECTED": 1}


def test_tensors_are_named_by_their_place_and_kind() -> None:
    network = NetworkSpec(
        Shape(3, 8, 8), (Conv(8, 3), MBConv(8, 3, expanded=16, residual=True), Classifier(4)), name="n"
    )
    read = schema.ModelT.InitFromObj(schema.Model.GetRootAs(to_tflite(network.build().eval(), network.input, "n"), 0))
    names = [tensor.name.decode() for tensor in read.subgraphs[0].tensors]
    assert {"input", "output", "0.0 conv kxk", "1.0.0 conv 1x1", "1.1.0 depthwise conv", "1 elementwise"} <= set(names)
    assert len(set(names)) == len(names)
    assert [one.signatureKey for one in read.signatureDefs] == [b"serving_default"]


def test_a_network_in_training_mode_and_unknown_modules_are_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^n is in training mode; call eval\(\) before it is exported\.$"):
        to_tflite(nn.Conv2d(3, 4, 1), Shape(3, 8, 8), "n")
    with pytest.raises(ValueError, match=r"^Layer 0 is a Softplus, which cannot be exported to TFLite; use one of"):
        to_tflite(nn.Sequential(nn.Softplus()).eval(), Shape(3, 8, 8), "n")
