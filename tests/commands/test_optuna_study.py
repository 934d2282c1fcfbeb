"""A store of evaluations as an Optuna study, read back by Optuna itself."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml

from mobilenas.commands.evaluated import read_evaluated
from mobilenas.commands.optuna_study import main
from mobilenas.evaluation import Evaluation, Store
from mobilenas.files.record import write_record
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import FBNet, MnasNet, MoGA, SearchSpace

optuna = pytest.importorskip("optuna")

SPACE = MoGA(width=0.25, stages=2, blocks=1, hidden=0.25).space(10, 32)
OBJECTIVES = ({"maximize": {"accuracy": 0.4, "params": 0.2}, "minimize": {"latency_ms": 0.4}}, {"other": 1}, None)


def evaluations(count: int = 40) -> list[Evaluation]:
    """Random figures of different architectures; every tenth one has failed."""
    rng = np.random.default_rng(0)
    different = np.unique(SPACE.sample(10 * count, rng), axis=0)
    rng.shuffle(different)
    found = []
    for number, one in enumerate(different[:count].tolist()):
        accuracy, latency_ms, params = float(rng.uniform()), float(rng.uniform(1, 9)), int(rng.integers(99))
        failure = "it diverged" if number % 10 == 3 else None
        found.append(Evaluation(tuple(one), 0.0 if failure else accuracy, latency_ms, 10, params, failure))
    return found


def write_run(folder: Path, objective: object) -> list[Evaluation]:
    """Writes what a search leaves in a run's folder."""
    told, search = evaluations(), folder / "search"
    search.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump({"objective": objective, "seed": 0}))
    for name in ("told", "front"):
        write_record(search / f"{name}.json", [asdict(one) for one in told])
    write_record(search / "record.json", {"made_by": "", "scored_by": "", "target_ms": None, "by_reward": False})
    write_record(search / "decisions.json", SPACE.option_names)
    with Store(search / "evaluations.sqlite") as store:
        for one in told:
            store.put("context", one)
    return told


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("place", ["", "search/evaluations.sqlite"])
def test_the_best_trials_are_the_front_of_the_search(
    objective: dict[str, dict[str, float]], place: str, tmp_path: Path
) -> None:
    told, storage = write_run(tmp_path / "run", objective), f"sqlite:///{tmp_path}/study.db"
    main([str(tmp_path / "run" / place), "--storage", storage])
    study = optuna.load_study(study_name="run", storage=storage)
    own = objective if objective and "maximize" in objective else {
        "maximize": {"accuracy": 0.5}, "minimize": {"latency_ms": 0.25, "params": 0.25}
    }  # fmt: skip
    front = ParetoObjective(**own).non_dominated(told)
    found = {tuple(map(int, one.user_attrs["architecture"].split())) for one in study.best_trials}
    assert found == {one.architecture for one in front}
    assert study.metric_names == [*own["maximize"], *own["minimize"]]


def test_a_trial_has_the_names_of_its_options_and_the_figures_of_its_evaluation(tmp_path: Path) -> None:
    told, storage = write_run(tmp_path / "run", None), f"sqlite:///{tmp_path}/study.db"
    main([str(tmp_path / "run"), "--storage", storage, "--study", "mine"])
    trials = optuna.load_study(study_name="mine", storage=storage).trials
    assert len(trials) == len(told)
    for trial, one in zip(trials, told, strict=True):
        named = [names[option] for names, option in zip(SPACE.option_names, one.architecture, strict=True)]
        assert [trial.params[name] for name in sorted(trial.params)] == named
        if one.failure:
            assert trial.state is optuna.trial.TrialState.FAIL and trial.user_attrs["failure"] == "it diverged"
        else:
            assert trial.values == [one.accuracy, one.latency_ms, one.params]


def test_what_is_exported_twice_is_there_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, storage = write_run(tmp_path / "run", None), f"sqlite:///{tmp_path}/study.db"
    main([str(tmp_path / "run"), "--storage", storage])
    with Store(tmp_path / "run" / "search" / "evaluations.sqlite") as store:
        store.put("context", Evaluation(tuple(0 for _ in SPACE.options), 0.5, 3.0, 10, 20))
    main([str(tmp_path / "run" / "search" / "evaluations.sqlite"), "--storage", storage])
    assert "1 trial added, 40 were there already" in capsys.readouterr().out
    assert len(optuna.load_study(study_name="run", storage=storage).trials) == len(told) + 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--storage", "sqlite:///a.db"], "nowhere is not there: give the folder of a run"),
        (["empty", "--storage", "sqlite:///a.db"], "empty has no complete search: run its search first."),
        (["run", "--storage", "study.db"], "--storage study.db cannot be opened"),
        (["two.sqlite", "--storage", "sqlite:///a.db"], "choose one with --context second (the others are first)."),
        (["two.sqlite", "--context", "third", "--storage", "sqlite:///a.db"], "no evaluations of the context third."),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "run", None)
    (tmp_path / "empty").mkdir()
    with Store(tmp_path / "two.sqlite") as store:
        for context in ("first", "second"):
            store.put(context, evaluations(1)[0])
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_study_of_other_objectives_is_not_mixed_with_these(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "run", None)
    write_run(tmp_path / "other", OBJECTIVES[0])
    storage = ["--storage", f"sqlite:///{tmp_path}/study.db", "--study", "mine"]
    main([str(tmp_path / "run"), *storage])
    with pytest.raises(SystemExit):
        main([str(tmp_path / "other"), *storage])
    assert "has other objectives (accuracy, latency_ms, params) than these" in capsys.readouterr().err


def test_a_store_without_names_of_options_has_numbers(tmp_path: Path) -> None:
    write_run(tmp_path / "run", None)
    (tmp_path / "run" / "search" / "decisions.json").unlink()
    found = read_evaluated(tmp_path / "run")
    assert all(names == tuple(map(str, range(len(names)))) for names in found.options)


@pytest.mark.parametrize(
    "space", [SPACE, FBNet().space(10, 32), MnasNet().space(10, 32), MnasNet(factorized=False).space(10, 32)]
)
def test_each_space_names_each_option_of_each_decision(space: SearchSpace) -> None:
    assert tuple(map(len, space.option_names)) == space.options
    assert all(len(set(names)) == len(names) for names in space.option_names)
