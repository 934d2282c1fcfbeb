"""The published networks by name, and their counts."""

import re
from pathlib import Path

import pytest

from mobilenas.network.published import load_network, network_names
from mobilenas.network.transform import scale_width, set_resolution

COUNTS = {  # parameters, multiply-adds
    "efficientnet_lite0": (4_652_008, 385_187_552),
    "fbnet_c": (5_572_200, 384_960_160),
    "mnasnet_a1": (3_887_038, 311_579_072),
    "mnasnet_b1": (4_383_312, 314_415_872),
    "mobilenet_v2": (3_504_872, 300_774_272),
    "mobilenet_v3_large": (5_483_032, 216_589_760),
    "mobilenet_v3_small": (2_946_568, 56_913_856),
    "mobilenet_v3_small_1024": (2_542_856, 56_510_400),
    "mobilenet_v4_conv_medium": (9_715_512, 1_080_244_224),
    "mobilenet_v4_conv_small": (3_774_024, 186_005_568),
    "moga_a": (5_159_802, 304_042_176),
    "proxyless_mobile": (4_080_512, 320_427_584),
}

PRINTED = [  # millions of parameters and of multiply-adds; MobileNetV3 Table 3, MnasNet Table 1, MoGA Table 3
    ("mobilenet_v2", 3.4, 300),
    ("mobilenet_v3_large", 5.4, 219),
    ("mnasnet_a1", 3.9, 312),
    ("proxyless_mobile", 4.0, 320),
    ("moga_a", 5.1, 304),
]

SCALED = [  # MobileNetV3 Table 9, MnasNet Tables 1 and 4, FBNet Tables 3 and 4: width, resolution
    ("mobilenet_v3_large", 1.25, 224, 7_551_976, 355_221_920),
    ("mobilenet_v3_large", 0.75, 224, 3_993_528, 154_560_624),
    ("mobilenet_v3_large", 0.5, 224, 2_689_520, 69_247_600),
    ("mobilenet_v3_large", 0.35, 224, 2_131_832, 39_472_336),
    ("mobilenet_v3_large", 1, 256, 5_483_032, 281_663_360),
    ("mobilenet_v3_large", 1, 192, 5_483_032, 160_192_640),
    ("mobilenet_v3_large", 1, 160, 5_483_032, 112_472_000),
    ("mobilenet_v3_large", 1, 128, 5_483_032, 73_427_840),
    ("mobilenet_v3_large", 1, 96, 5_483_032, 43_060_160),
    ("mobilenet_v3_small", 1.25, 224, 3_645_960, 91_241_184),
    ("mobilenet_v3_small", 0.75, 224, 2_408_720, 43_765_936),
    ("mobilenet_v3_small", 0.5, 224, 1_922_688, 21_382_288),
    ("mobilenet_v3_small", 0.35, 224, 1_665_744, 13_123_040),
    ("mobilenet_v3_small", 1, 256, 2_946_568, 73_578_496),
    ("mobilenet_v3_small", 1, 192, 2_946_568, 42_471_168),
    ("mobilenet_v3_small", 1, 160, 2_946_568, 30_250_432),
    ("mobilenet_v3_small", 1, 128, 2_946_568, 20_251_648),
    ("mobilenet_v3_small", 1, 96, 2_946_568, 12_474_816),
    ("mobilenet_v2", 1.4, 224, 6_108_776, 582_195_824),
    ("mobilenet_v2", 1.3, 224, 5_386_792, 509_374_560),
    ("mobilenet_v2", 0.35, 224, 1_677_128, 59_285_808),
    ("mobilenet_v2", 0.5, 192, 1_968_680, 71_701_760),
    ("mobilenet_v2", 1, 128, 3_504_872, 99_074_048),
    ("mobilenet_v2", 0.5, 128, 1_968_680, 32_578_560),
    ("mobilenet_v2", 0.35, 96, 1_677_128, 11_934_128),
    ("mnasnet_a1", 0.35, 224, 1_747_018, 61_681_920),
]


def test_there_are_networks() -> None:
    assert network_names()


@pytest.mark.parametrize("name", network_names())
def test_a_network_has_its_published_counts(name: str) -> None:
    network = load_network(name)
    assert (network.params, network.macs) == COUNTS[name]


@pytest.mark.parametrize(("name", "params", "macs"), PRINTED)
def test_the_counts_meet_the_printed_ones(name: str, params: float, macs: int) -> None:
    network = load_network(name)
    assert network.params / 1e6 == pytest.approx(params, abs=0.11)
    assert network.macs / 1e6 == pytest.approx(macs, rel=0.02)


@pytest.mark.parametrize(("name", "width", "resolution", "params", "macs"), SCALED)
def test_a_scaled_network_has_its_counts(name: str, width: float, resolution: int, params: int, macs: int) -> None:
    network = scale_width(set_resolution(load_network(name), resolution), width)
    assert (network.params, network.macs) == (params, macs)


@pytest.mark.parametrize("name", network_names())
def test_a_file_is_named_as_its_network(name: str) -> None:
    assert load_network(name).name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moga", "did you mean moga_a?"),
        ("MNASNET-B1", "did you mean mnasnet_b1"),
        ("zzz", "choose from .*mobilenet_v2.*proxyless_mobile, or give a YAML file."),
        ("", "choose from"),
        ("net.onnx", "net.onnx is a program for a runtime, which cannot be read back: give the folder of the run"),
        ("no/such.tflite", "no/such.tflite is a program for a runtime"),
        ("no/such.yaml", r"no/such.yaml can't be read: No such file or directory; give the path of a YAML file."),
    ],
)
def test_an_unknown_network_is_one_sentence_with_the_way_out(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        load_network(name)
    assert re.fullmatch(r"[^\n]+[.?]", str(error.value))


def test_a_folder_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"can't be read: Is a directory; give the path of a YAML file\."):
        load_network(str(tmp_path))


def test_a_path_of_a_yaml_file_is_a_network_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(load_network("moga_a").to_yaml())
    assert load_network(str(path)) == load_network("moga_a")
