"""Figures, facts and caveats in words."""

from dataclasses import replace

import pytest

from mobilenas.method import Fair
from mobilenas.report import RunResult
from mobilenas.report.caveats import beyond_the_front, caveats
from mobilenas.report.units import in_millions, in_percent, significant, with_error
from mobilenas.report.words import device, scores, search_space
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.settings import settings
from mobilenas.settings.words import described
from mobilenas.training.recipe import Recipe


@pytest.mark.parametrize(
    ("value", "text"), [(12.345, "12.3"), (0.012345, "0.0123"), (1234.5, "1234"), (1.0, "1.00"), (0.0, "0.00")]
)
def test_a_figure_has_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


def test_an_error_is_rounded_up_and_never_away() -> None:
    assert with_error(12.3456, 0.0123) == "12.3 ± 0.1"
    assert with_error(1.23456, 0.521) == "1.23 ± 0.53"
    assert with_error(0.0975, 0.0048) == "0.0975 ± 0.0048"
    assert with_error(1.23, 0.0) == "1.23 ± 0.00"


def test_millions_and_percent_are_without_their_unit() -> None:
    assert in_millions(5_093_712) == "5.09"
    assert in_percent(0.759) == "75.9"
    assert in_percent(0.759, 0.002) == "75.9 ± 0.2"


def test_a_space_is_as_large_as_the_product_of_its_options(space: LayerwiseSpace) -> None:
    assert search_space(space) == "moga: 6 decisions, 2,985,984 architectures"
    assert search_space(MoGA().space()) == "moga: 14 decisions, 1.3e+15 architectures"  # Sec. 4.1: 12 ** 14


def test_a_recipe_is_put_in_words() -> None:
    recipe = Recipe(12, 32, 0.2, schedule="one_cycle")
    assert recipe.in_words() == "12 epochs, batch size 32, sgd, learning rate 0.2, one cycle"


def test_a_device_is_named_as_far_as_its_table_knows_it() -> None:
    about = {"space": "moga", "engine": "onnxruntime", "version": "1.20", "device": "a phone", "threads": "1"}
    assert device(about) == "a phone, onnxruntime, 1.20, threads 1"
    assert device({}) == ""


def test_random_architectures_are_summed_up() -> None:
    assert scores([0.5, 0.6, 0.7, 0.6]) == (
        "4 with shared weights: top-1 60.0 % on average, standard deviation 7.1, from 50.0 to 70.0"
    )
    assert scores([]) == ""


@settings
class Nothing:
    """Has no settings."""


def test_settings_are_put_in_words() -> None:
    assert described(Fair(1 / 12, "zero")) == "Fair: shared lr 0.0833, init zero"
    assert described(Nothing()) == "Nothing"


def test_the_error_of_the_table_is_told_with_its_source(result: RunResult) -> None:
    assert result.validation
    assert f"{result.validation.relative_rmse:.1%}" in caveats(result)[0]
    assert "the one written in the table's file" in caveats(replace(result, validation=None))[0]
    unknown = replace(result, validation=None, networks=(replace(result.networks[0], predicted_rmse_ms=None),))
    assert "whose error is not known" in caveats(unknown)[0]


def test_times_of_8_bits_without_instructions_for_them_are_warned_of(result: RunResult) -> None:
    cases = (("int8", "none", True), ("int8", "avx_vnni", False), ("fp32", "none", False))
    for precision, instructions, warned in cases:
        facts = {"precision": precision, "int8_instructions": instructions}
        told = caveats(replace(result, latency_facts=facts))
        assert any("without instructions for products of 8 bits" in one for one in told) == warned


@pytest.mark.parametrize(("clock", "told"), [("processor", True), ("wall", False)])
def test_the_clock_of_a_latency_is_told(clock: str, told: bool, result: RunResult) -> None:
    found = caveats(replace(result, latency_facts={"clock": clock}))
    assert any("had the processor" in one for one in found) == told


def test_the_reason_for_a_missing_measurement_is_told(result: RunResult) -> None:
    assert any("no phone here" in one for one in caveats(replace(result, unmeasured="no phone here")))


def test_a_score_of_shared_weights_is_called_one(result: RunResult, bare: RunResult) -> None:
    assert any("score by shared weights" in one for one in caveats(result))
    assert caveats(bare) == []


def test_what_the_search_dropped_though_it_lies_beyond_the_front_is_counted(result: RunResult) -> None:
    assert beyond_the_front(result) == 0
    best = max(result.evaluations, key=lambda one: one.accuracy)
    ahead = [replace(best, accuracy=best.accuracy + 0.01), replace(best, accuracy=best.accuracy + 0.02)]
    behind = replace(best, accuracy=best.accuracy - 0.01)
    assert beyond_the_front(replace(result, evaluations=(*result.evaluations, *ahead, behind))) == 2


def test_latency_of_several_images_at_once_is_called_so(result: RunResult) -> None:
    said = "Every latency here is the time of one forward pass with 8 images."
    assert said in caveats(replace(result, images_a_run=8))
    assert not any("8 images" in one for one in caveats(result))


def test_what_netadapt_took_is_said_to_be_measured_where_it_was(result: RunResult) -> None:
    adapted = replace(result, adapted=True, target_ms=1.0)
    assert any("took were measured as a whole" in one for one in caveats(adapted))
    assert not any("took were measured" in one for one in caveats(replace(adapted, unmeasured="no phone here")))
