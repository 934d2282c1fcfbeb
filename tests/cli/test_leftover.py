"""What an experiment sets for a part that the user exchanges is left out, and nothing else is."""

import logging
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir

from mobilenas.algorithm import NSGA2, RandomSearch
from mobilenas.cli.any_field import settable
from mobilenas.cli.build import build
from mobilenas.cli.composing import composed
from mobilenas.cli.leftover import Leftover, without
from mobilenas.conf_dir import conf_dir
from mobilenas.method import Binarized, Fair
from mobilenas.objective import AbsoluteReward
from mobilenas.settings import SettingsError

MASKS = ("experiment=around_segmentation", "data.root=streets")


def test_the_new_part_is_that_of_its_own_file() -> None:
    assert composed(*MASKS, "algorithm=random").algorithm == composed("algorithm=random").algorithm
    assert composed("experiment=mnasnet", "algorithm=nsga2").algorithm == composed("algorithm=nsga2").algorithm
    own = composed(*MASKS, "evaluator=supernet").evaluator
    assert own == composed("task=segmentation", "data=masks", "data.root=streets", "evaluator=supernet").evaluator


def test_what_the_new_part_has_too_stays() -> None:
    assert composed("experiment=around", "method=fair", "weights=null").method == Fair(
        init="inherit",
        shared_lr=composed("method=fair").method.shared_lr,  # type: ignore[attr-defined]
    )


def test_the_part_of_the_experiment_itself_keeps_everything() -> None:
    for overrides in ((), ("algorithm=nsga2",)):
        algorithm = composed(*MASKS, *overrides).algorithm
        assert isinstance(algorithm, NSGA2) and (algorithm.population, algorithm.generations) == (12, 4)


def test_an_objective_within_a_method_is_exchanged() -> None:
    overrides = ("experiment=proxyless_r", "objective@method.objective=absolute_reward")
    method = composed(*overrides).method
    assert isinstance(method, Binarized) and isinstance(method.objective, AbsoluteReward)
    assert method.rule == "reinforce"


def test_a_method_without_an_objective_replaces_one_that_has_it() -> None:
    method = composed("experiment=proxyless_r", "method=fair").method
    assert method == composed("method=fair").method


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ((*MASKS, "algorithm=random", "algorithm.population=5"), "There is no setting 'algorithm.population'"),
        ((*MASKS, "algorithm=random", "+algorithm.foo=5"), "There is no setting 'algorithm.foo'"),
        ((*MASKS, "algorithm.samples=5"), "There is no setting 'algorithm.samples'"),
        (("method=fair", "objective@method.objective=latency_loss"), "There is no setting 'method.objective'"),
        (("method=fair", "++method.objective.beta=1"), "There is no setting 'method.objective'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_the_user_sets_is_told_as_wrong(overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        composed(*overrides)
    assert said in str(error.value)


def test_one_line_of_the_log_tells_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    overrides = ["experiment=mnasnet", "algorithm=nsga2", "objective=accuracy_latency", f"outputs={tmp_path}"]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = compose("config", settable(overrides))
    with caplog.at_level(logging.INFO, "mobilenas"):
        made = build(config, overrides)
    said = "algorithm=nsga2: algorithm.samples and algorithm.batch of the experiment are left out, because this part"
    (line,) = [one for one in caplog.messages if "left out" in one]
    assert line == f"{said} has no such setting."
    shown = yaml.safe_load(made.settings)["algorithm"]
    assert "population" in shown and not {"samples", "batch"} & set(shown)


def test_only_what_is_named_is_taken_away() -> None:
    values = {"seed": 0, "method": {"rule": 1, "objective": {"alpha": 1, "beta": 2}}}
    found = without(values, [Leftover("", "method.objective", ("alpha",)), Leftover("", "method", ("rule",))])
    assert found == {"seed": 0, "method": {"objective": {"beta": 2}}}
    assert isinstance(composed("algorithm=random").algorithm, RandomSearch)
