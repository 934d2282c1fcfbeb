"""How well a supernet ranks: networks are trained alone once for many runs, and compared with a supernet's scores."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.stats import kendalltau, spearmanr

from mobilenas.pipeline import Plan, plan, run
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.settings import SettingsError
from mobilenas.stages import AloneStage, RankingRecord
from mobilenas.stages.alone_record import AloneRecord
from mobilenas.supernet import Supernet, save_supernet
from tests.stages.phones import LAYERWISE, MNASNET, MOGA, chosen

RANKING = (*MOGA, "evaluator=ranking", "evaluator.ranking.networks=4", "recipe.epochs=1", "recipe.least_steps=0")
STAGES = "stages=[alone,ranking]"
GIVEN = "evaluator.weights="


def planned(folder: Path, *overrides: str) -> Plan:
    return plan(chosen(folder, *RANKING, *overrides), "seed: 0\n")


def fingerprint(stage: str, folder: Path, *overrides: str) -> str:
    return artifacts_of(planned(folder, *overrides).stages)[stage].fingerprint


def alone(made: Plan) -> Any:
    return next(stage for stage in made.stages if isinstance(stage, AloneStage))


@pytest.mark.parametrize("change", ["method=uniform", "method=sandwich", "seed=1", "algorithm=random", "choose=1"])
def test_runs_of_one_space_share_the_networks(change: str, tmp_path: Path) -> None:
    assert fingerprint("alone", tmp_path / "one") == fingerprint("alone", tmp_path / "other", change)


@pytest.mark.parametrize(
    "change",
    [
        "evaluator.ranking.networks=3",
        "evaluator.ranking.seed=1",
        "recipe.lr=0.01",
        "data.split_seed=1",
        "search_space.candidates=[e3_k3,e6_k3,e3_k5,e6_k5]",
        "threads=2",
    ],
)
def test_other_networks_or_trainings_are_not_shared(change: str, tmp_path: Path) -> None:
    assert fingerprint("alone", tmp_path / "one") != fingerprint("alone", tmp_path / "other", change)


def test_the_run_is_the_one_that_is_not_ranked(tmp_path: Path) -> None:
    ranked, other = planned(tmp_path), plan(chosen(tmp_path, *RANKING[:-4], *RANKING[-2:]), "")
    assert ranked.run.folder == other.run.folder
    assert fingerprint("supernet", tmp_path) == artifacts_of(other.stages)["supernet"].fingerprint


def test_the_stages_are_part_of_every_run_with_the_evaluator(tmp_path: Path) -> None:
    asked = ["profile", "supernet", "alone", "ranking", "search", "retrain", "report"]
    assert [stage.name for stage in planned(tmp_path).wanted] == asked
    assert [stage.name for stage in planned(tmp_path, "stages=[profile]").wanted] == ["profile"]


def test_the_networks_are_different_ones_of_the_whole_space(tmp_path: Path) -> None:
    few, all_of_them = (
        alone(planned(tmp_path, f"evaluator.ranking.networks={count}")).architectures() for count in (4, 12)
    )
    assert list(all_of_them[:4]) == list(few)
    assert sorted(all_of_them) == [(option,) for option in range(12)]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ("evaluator.ranking.networks=13",),
            "evaluator.ranking.networks=13 is more than the 12 networks of moga: set evaluator.ranking.networks=12 or"
            " less, or choose a larger search space.",
        ),
        (
            ("recipe.init=supernet",),
            "evaluator=ranking trains networks alone, and with recipe.init=supernet they would begin with the weights"
            " that they are compared with: set recipe.init=auto, or choose evaluator=supernet.",
        ),
        (
            (*MNASNET, "evaluator=ranking"),
            "mnasnet has no supernet, because its networks differ in depth and width: add evaluator=proxy_task, and"
            " leave supernet out of stages.",
        ),
        (
            ("evaluator=supernet", "~evaluator.ranking", STAGES),
            "The stages alone and ranking need evaluator=ranking: choose this evaluator, or leave out these stages.",
        ),
        (
            ("evaluator=proxy_task", "~evaluator.ranking", STAGES),
            "The stages alone and ranking need evaluator=ranking: choose this evaluator, or leave out these stages.",
        ),
    ],
    ids=["too many", "the supernet's weights", "no supernet", "evaluator=supernet", "evaluator=proxy_task"],
)
def test_what_does_not_fit_is_refused(overrides: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        planned(tmp_path, *overrides)
    assert said in error.value.sentences


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of two supernets."""
    paths = [tmp_path_factory.mktemp("elsewhere") / f"{seed}.safetensors" for seed in (1, 2)]
    for seed, path in enumerate(paths):
        torch.manual_seed(seed)
        save_supernet(Supernet(LAYERWISE), path)
    return paths


@pytest.fixture(scope="module")
def ranked(weights: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """Two runs in one folder, with a supernet each."""
    folder, made = tmp_path_factory.mktemp("runs"), []
    for number, path in enumerate(weights):
        made.append(planned(folder, f"{GIVEN}{path}", f"seed={number}", STAGES))
        run(made[-1])
    return made


def test_it_compares_the_supernets_scores_with_the_networks_own_accuracies(
    ranked: list[Plan], weights: list[Path]
) -> None:
    for made, path in zip(ranked, weights, strict=True):
        folder = made.run.folder
        found, own = RankingRecord.load(folder / "ranking", made.space), AloneRecord.load(folder / "alone", made.space)
        assert [one.search_accuracy for one in found.networks] == [one.search_accuracy for one in own.networks]
        scores, accuracies = [one.score for one in found.networks], [one.search_accuracy for one in own.networks]
        assert found.tau.value == pytest.approx(kendalltau(scores, accuracies).statistic)
        assert found.rho.value == pytest.approx(spearmanr(scores, accuracies).statistic)
        test = [one.test_accuracy for one in own.networks]
        assert found.test_tau.value == pytest.approx(kendalltau(scores, test).statistic)
        (search,) = (stage for stage in made.stages if stage.name == "search")
        assert scores == [search.evaluator().score(one.architecture).accuracy for one in own.networks]  # type: ignore[attr-defined]
        assert str(path) not in found.in_words() and "of 4 networks" in found.in_words()


def test_the_second_run_trains_no_network_again(ranked: list[Plan]) -> None:
    first, second = (one.run.folder for one in ranked)
    assert first != second
    assert AloneRecord.load(first / "alone") == AloneRecord.load(second / "alone")
    assert list((first / "alone").glob("*/logs")) and not list((second / "alone").glob("*/logs"))  # it was copied
    one, other = (RankingRecord.load(folder / "ranking") for folder in (first, second))
    assert [each.score for each in one.networks] != [each.score for each in other.networks]


def test_a_network_that_is_trained_is_not_trained_again(tmp_path: Path) -> None:
    made = planned(tmp_path, "evaluator.ranking.networks=2", STAGES)
    stage, folder = alone(made), tmp_path / "alone"
    first, _ = stage.architectures()
    (folder / "01").mkdir(parents=True)
    there = {"architecture": list(first), "search_accuracy": 0.125, "test_accuracy": 0.25}
    (folder / "01" / "alone.json").write_text(json.dumps(there))
    stage.make(folder, ())
    kept, trained = AloneRecord.load(folder).networks
    assert (kept.search_accuracy, kept.test_accuracy) == (0.125, 0.25)
    assert trained.search_accuracy not in (0, 0.125)
    assert not list(folder.rglob("*.safetensors"))


def test_the_best_epoch_is_not_chosen_by_the_split_that_scores(tmp_path: Path) -> None:
    assert not alone(planned(tmp_path, "recipe.keep_best=true")).recipe.keep_best
