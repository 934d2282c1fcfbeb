"""What a user does wrong ends in one sentence that names it, and a non-zero exit, before the long work."""

import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from mobilenas.cli import main
from mobilenas.search_space import MoGA
from mobilenas.supernet import Supernet, save_supernet

TINY = ("experiment=moga", "scale=laptop", "search_space.candidates=[e3_k3,e6_k3]", "search_space.stages=1")


def _fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence on standard error."""
    (sentence,) = _sentences(monkeypatch, capsys, *arguments)
    return sentence


def _sentences(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["mobilenas", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code not in (0, None)
    text = str(stop.value.code)
    assert "Traceback" not in text + capsys.readouterr().err
    assert all(line.startswith("mobilenas: ") for line in text.splitlines())
    return text.splitlines()


@pytest.mark.parametrize(
    ("argument", "named", "way_out"),
    [
        ("search_space.widht=0.5", "search_space.widht", "did you mean 'search_space.width'"),
        ("recip.epochs=3", "recip", "did you mean 'recipe"),
        ("experimnt=moga", "experimnt", "did you mean 'experiment'"),
        ("experiment=moag", "no experiment 'moag'", "moga, moga_a"),
        ("method=fiar", "no method 'fiar'", "choose from binarized, fair"),
        ("epochs", "'epochs' is not a setting", "name=value"),
        ("data.root=photos (1)", "data.root=photos (1)", """two pairs of quotes, 'data.root="photos (1)"'."""),
        ("outputs=a=b", "outputs=a=b", """two pairs of quotes, 'outputs="a=b"'."""),
        ("search_space=[1]", "search_space=[1]", "one of around, fbnet, mnasnet, mobilenet_v4, moga"),
        ("scale={a:1}", "scale={a:1}", "one of cifar, full, laptop, paper"),
        ("network=null", "network=null", "or leave it out with ~network"),
        ("stages={profile:1}", "stages", "must be a list"),
        ("++data.augment=[1]", "data.augment", "must be a mapping"),
        ("seed=${seed}", "seed", "to itself"),
        ("seed=${foo:1}", "seed", "Unsupported interpolation type foo"),
        ("algorithm._target_=null", "algorithm._target_", "must be a text, not null"),
        ("search_space._target_=mobilenas.ops.Conv", "search_space", "must be a SpaceSettings, not a Conv"),
        ("search_space._target_=mobilenas.search_space.SkeletonSettings", "search_space", "names no part"),
        ("network_width=0.5", "network_width=0.5", "set search_space.width, or add network"),
        ("trainer.gradient_clip=1", "'trainer.gradient_clip'", "did you mean 'trainer.gradient_clip_val'?"),
        ("trainer.gradient_clip_val=a", "trainer.gradient_clip_val", "must be a number, 0 or more, or null, not 'a'."),
        ("name=true", "name must be a text, not true", """write 'name="true"' on the command line"""),
        ("+epochs=3", "'epochs'", "choose from name, stages"),
        ("+recipe.epoch=3", "epoch", "epoch"),
        ("recipe.epochs=many", "epochs", "whole number"),
        ("hardware=table", "hardware.path", "add hardware.path="),
        ("data=image_folder", "data.root", "add data.root="),
        ("search_space.candidates=[e3_k9]", "e3_k9", "names of e3_k3"),
        ("stages=[profile,serach]", "serach", "any of profile, parent, supernet, alone, ranking, search"),
        ("objective.maximize={speed: 0.5}", "'speed'", "choose from accuracy"),
        ("+objective.maximize.speed=0.5", "speed", "accuracy"),
        ("+algorithm.foo=1", "algorithm.foo", "choose from population, generations"),
        ("+method.foo=1", "method.foo", "choose from shared_lr, init"),
        ("+trainer.foo=1", "trainer.foo", "accelerator"),
        ("choose=0", "choose", "whole number, 1 or more"),
        ("threads=-1", "threads", "whole number, 1 or more, or null"),
        ("checkpoint_minutes=soon", "checkpoint_minutes", "number above 0"),
        ("stages=report", "stages", "must be a list"),
        ("improvements=slim_stem", "improvements", "must be a list"),
        ("improvements=[h_swish]", "'h_swish'", "choose from efficient_last_stage"),
        ("name=a/b", "name", "letters, digits"),
        ("algorithm.mutation=none", "none", "hierarchical"),
        ("recipe.ema_decay=2", "ema_decay", "below 1"),
        ("recipe.label_smoothing=3", "label_smoothing", "below 1"),
        ("recipe.decay_epochs=0", "decay_epochs", "above 0"),
        ("evaluator.calibration_images=0", "calibration_images", "whole number, 1 or more"),
        ("objective=latency_loss", "looks for a front", "objective=accuracy_latency"),
        ("search_space.candidates=[e3_k3,e3_k3]", "search_space.candidates", "only once"),
        ("search_space.candidates=[e3_k3]", "nothing to choose from", "at least two"),
        ("~scale.hidden", "scale.hidden", "missing"),
        ("algorithm._target_=mobilenas.cli.command.os.system", "mobilenas.cli.command.os.system", "does not exist"),
        ("algorithm._target_=mobilenas.files.paths.Path", "mobilenas.files.paths.Path", "not allowed"),
        ("algorithm._target_=mobilenas.algorithm.NSGA3", "mobilenas.algorithm.NSGA3", "does not exist"),
    ],
)
def test_a_misspelt_setting_is_named_with_the_way_out(
    argument: str,
    named: str,
    way_out: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentence = _fails(monkeypatch, capsys, "experiment=moga", f"outputs={tmp_path}", argument)
    assert named in sentence
    assert way_out in sentence
    assert not list(tmp_path.glob("*/*/artifact.json"))


def test_a_wrong_size_is_named_where_it_is_set_and_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentences = _sentences(monkeypatch, capsys, "experiment=moga", f"outputs={tmp_path}", "scale.unstrided=2.5")
    assert sentences == [
        f"mobilenas: {group}.unstrided must be a whole number, 0 or more, not 2.5."
        for group in ("search_space", "scale")
    ]


@pytest.mark.parametrize(
    ("settings", "named", "way_out"),
    [
        (("experiment=fbnet", "supernet_recipe.epochs=1"), "warmup_share", "a larger supernet_recipe.epochs"),
        (("experiment=fbnet", "+supernet_recipe.ema_decay=0.9"), "moving average", "ema_decay=null"),
        (("experiment=fbnet", "objective@method.objective=latency_reward"), "loss", "latency_log"),
        (("experiment=fbnet", "data.classes=11"), "11 of the 10 classes", "data.classes from 2 to 10"),
        (("experiment=fbnet", "+trainer.limit_train_batches=0.5"), "trainer.limit_train_batches", "leave it out"),
        (("experiment=fbnet", "+trainer.accumulate_grad_batches=2"), "accumulate_grad_batches", "leave it at 1"),
        (("experiment=moga", "trainer.accelerator=cpu", "trainer.devices=[0]"), "`devices`", "trainer=auto"),
        (("experiment=moga", "trainer.accelerator=cpu", "trainer.devices=2"), "every device", "trainer=ddp"),
        (("experiment=moga", "trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=9999"), "cores", "at most"),
        (("experiment=moga_a", "+trainer.num_nodes=2"), "num_nodes", "executor=ray"),
        (("experiment=moga_a", "logger=wandb", "logger.offline=false"), "WANDB_API_KEY", "logger.offline=true"),
        (("experiment=proxyless_g", "method.rule=reinforce"), "reward", "latency_reward"),
        (("experiment=proxyless_r", "method.rule=exact"), "loss", "latency_loss"),
        (("experiment=proxyless_g", "method.lr=0"), "lr", "above 0"),
        (("experiment=moga", "algorithm=sampled"), "The algorithm Sampled", "method=gumbel"),
        (("experiment=moga_a", "algorithm=random"), "algorithm=random has no effect", "leave it out"),
        (("experiment=fbnet", "objective=latency_loss"), "LatencyLoss is a loss", "objective@method.objective="),
        (("experiment=netadapt", "search_space.width=0.5"), "search_space.width=0.5", "leave it out"),
        (("experiment=moga_a", "stages=[profile,supernet,retrain]"), "given network", "leave out the stages supernet"),
    ],
)
def test_parts_that_do_not_fit_are_named_before_anything_is_measured(
    settings: tuple[str, ...],
    named: str,
    way_out: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    sentence = _fails(monkeypatch, capsys, *settings, f"outputs={tmp_path}")
    assert named in sentence
    assert way_out in sentence
    assert not list(tmp_path.glob("*"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('# @package _global_\nname: "mine\n', "mine.yaml, line 3 is not YAML: found unexpected end of stream."),
        ("name: mine\n", "its first line must be # @package _global_"),
        ("", "its first line must be # @package _global_"),
        ("- name\n", "mine.yaml must hold settings, each on a line as 'name: value'."),
        ("# @package _global_\nnmae: mine\n", "There is no setting 'nmae'; did you mean 'name'?"),
    ],
)
def test_a_wrong_file_of_an_experiment_is_told_in_a_sentence(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    assert said in _fails(monkeypatch, capsys, "--config-dir", str(tmp_path), "experiment=mine")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = _fails(monkeypatch, capsys, *TINY, "trainer=gpu", f"outputs={tmp_path}")
    assert "trainer=auto" in sentence
    assert not list(tmp_path.glob("*"))


def test_a_folder_without_images_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    sentence = _fails(monkeypatch, capsys, *TINY, "data=image_folder", f"data.root={tmp_path / 'photos'}")
    assert str(tmp_path / "photos") in sentence


def test_a_truncated_jpeg_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for label in ("cat", "dog"):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(10):
            Image.effect_noise((32, 32), number + 1).convert("RGB").save(tmp_path / "photos" / label / f"{number}.jpg")
    broken = tmp_path / "photos" / "dog" / "3.jpg"
    broken.write_bytes(broken.read_bytes()[:300])
    sentence = _fails(monkeypatch, capsys, *TINY, "data=image_folder", f"data.root={tmp_path / 'photos'}")
    assert str(broken) in sentence


def test_a_table_that_lacks_a_row_is_named_with_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "phone.csv").write_text("layer,latency_ms\nskip,0.0\n")
    table = ("hardware=table", f"hardware.path={tmp_path / 'phone.csv'}")
    sentence = _fails(monkeypatch, capsys, *TINY, *table, f"outputs={tmp_path}", "stages=[profile]")
    assert "phone.csv" in sentence
    assert "conv 3x8x8" in sentence


def test_weights_of_another_space_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_supernet(Supernet(MoGA(0.25, stages=1, blocks=1).space(4, 8)), tmp_path / "other.safetensors")
    table = ("hardware=table", f"hardware.path={_whole_table(tmp_path)}")
    weights = f"evaluator.weights={tmp_path / 'other.safetensors'}"
    sentence = _fails(monkeypatch, capsys, *TINY, *table, weights, f"outputs={tmp_path}", "stages=[profile,search]")
    assert "other.safetensors was trained for another search space" in sentence


def test_an_unknown_operation_in_a_networks_yaml_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = _fails(
        monkeypatch, capsys, "experiment=moga_a", f"outputs={tmp_path}", "network.layers=[{op: transformer}]"
    )
    assert "layer 0" in sentence
    assert "transformer" in sentence


def test_an_improvement_that_does_not_fit_is_named_with_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = _fails(monkeypatch, capsys, "experiment=mobilenet_v2", f"outputs={tmp_path}", "improvements=[large_se]")
    assert "mobilenet_v2" in sentence
    assert "leave it out of improvements" in sentence
    assert not list(tmp_path.glob("*"))


def _whole_table(folder: Path) -> Path:
    space = MoGA(0.25, stages=1, blocks=2, hidden=0.25, unstrided=2, candidates=("e3_k3", "e6_k3")).space(10, 8)
    rows = {layer.key for candidates in space.layers for layer in candidates}
    path = folder / "table.csv"
    path.write_text("layer,latency_ms\n" + "".join(f"{row},0.1\n" for row in sorted(rows)))
    return path
