"""What each artifact is known by, and what becomes of finished work when a part of the stages is asked for."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from PIL import Image

from mobilenas.cli.build import build
from mobilenas.conf_dir import conf_dir
from mobilenas.network.improvement import improve
from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width, set_classes, set_resolution
from mobilenas.pipeline import Plan, run
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.search_space import ProxylessMobile
from mobilenas.settings import SettingsError
from mobilenas.stages import RetrainStage
from mobilenas.tracking.log import CsvLog

ALL = {"profile", "supernet", "search", "retrain", "report"}
TINY = ("experiment=moga", "search_space.candidates=[e3_k3,e6_k3]", "search_space.stages=1", "hardware=table")
MOBILE = ("experiment=proxyless_g", "hardware=table")
ALONE = ("experiment=moga_a", "network=fbnet_c", "hardware=table")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "phone.csv"
    path.write_text("layer,latency_ms\nskip,0.0\n")
    return path


def _build(table: Path, *overrides: str) -> Plan:
    given = (f"outputs={table.parent}", f"hardware.path={table}", "trainer.accelerator=cpu")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return build(compose("config", [*overrides, *given] if "hardware=table" in overrides else list(overrides)))


def _changed(one: Plan, other: Plan) -> set[str]:
    before, after = _fingerprints(one), _fingerprints(other)
    return {name for name in before if before[name] != after[name]}


def _fingerprints(made: Plan) -> dict[str, str]:
    return {name: artifact.fingerprint for name, artifact in artifacts_of(made.stages).items()}


@pytest.mark.parametrize(
    ("preset", "change", "stages"),
    [
        (TINY, "seed=1", ALL - {"profile"}),
        (TINY, "data.resolution=16", ALL),
        (TINY, "scale.width=0.5", ALL),
        (TINY, "supernet_recipe.epochs=1", ALL - {"profile"}),
        (TINY, "recipe.epochs=1", {"retrain", "report"}),
        (TINY, "algorithm=random", {"search", "retrain", "report"}),
        (TINY, "choose=5", {"retrain", "report"}),
        (TINY, "data.workers=1", set()),
        (TINY, "name=other", {"report"}),
        (ALONE, "scale.width=0.5", {"profile", "retrain", "report"}),
        (ALONE, "network=mobilenet_v2", {"profile", "retrain", "report"}),
        (ALONE, "improvements=[slim_stem]", {"profile", "retrain", "report"}),
        (MOBILE, "method.rule=exact", ALL - {"profile"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_artifact_depends_on_what_it_is_made_from(
    preset: tuple[str, ...], change: str, stages: set[str], table: Path
) -> None:
    changed = _changed(_build(table, *preset), _build(table, *preset, change))
    assert changed & _made(preset) == stages & _made(preset)


def _made(preset: tuple[str, ...]) -> set[str]:
    return {"profile", "retrain", "report"} if preset is ALONE else ALL


@pytest.mark.parametrize(("preset", "supernet"), [(TINY, False), (MOBILE, True)], ids=["fair", "binarized"])
def test_another_table_needs_another_supernet_only_if_the_method_learns_for_the_device(
    preset: tuple[str, ...], supernet: bool, table: Path
) -> None:
    one = _fingerprints(_build(table, *preset))
    table.write_text("layer,latency_ms\nskip,1.0\n")
    other = _fingerprints(_build(table, *preset))
    changed = {name for name in one if one[name] != other[name]}
    assert {"profile", "search"} <= changed
    assert ("supernet" in changed) == supernet


def test_where_results_are_kept_does_not_name_the_run(table: Path, tmp_path: Path) -> None:
    one = _build(table, *TINY)
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        other = build(
            compose(
                "config", [*TINY, f"hardware.path={table}", f"outputs={tmp_path / 'there'}", "trainer.accelerator=cpu"]
            )
        )
    assert one.run.folder.name == other.run.folder.name


@pytest.mark.parametrize("stage", ["search", "retrain"])
def test_a_stage_without_what_it_reads_is_refused_before_anything_is_removed(stage: str, table: Path) -> None:
    made = _build(table, *TINY, f"stages=[{stage}]")
    kept = made.run.folder / stage / "weights"
    kept.parent.mkdir(parents=True)
    kept.write_text("finished work")
    with pytest.raises(ValueError, match=f"Stage {stage} needs .*, which is not complete in .*: add it to stages"):
        run(made)
    assert kept.read_text() == "finished work"


def test_one_stage_alone_finds_what_the_others_have_made(table: Path) -> None:
    made = _build(table, *TINY, "stages=[retrain]")
    for name in ("profile", "supernet", "search", "retrain"):
        artifact = artifacts_of(made.stages)[name]
        artifact.begin()
        artifact.finish()
    run(made)
    assert artifacts_of(made.stages)["retrain"].complete


def test_a_derived_network_can_be_trained_at_other_widths(table: Path, tmp_path: Path) -> None:
    derived = ProxylessMobile(0.5, stages=2, blocks=2).space(7, 16).network([0, 6, 5, 6])
    (tmp_path / "derived.yaml").write_text(replace(derived, name="derived").to_yaml())
    file = f"network_file={tmp_path / 'derived.yaml'}"
    one, half = (_build(table, *ALONE, file, f"network_width={width}").run.networks[0] for width in (1.0, 0.5))
    assert one == set_classes(set_resolution(derived, 8), 10)
    assert (one.name, half) == ("derived", scale_width(one, 0.5))


def test_a_network_of_a_file_is_improved_too(table: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(load_network("mnasnet_a1").to_yaml())
    given = (f"network_file={tmp_path / 'mine.yaml'}", "improvements=[slim_stem,h_swish@80]", "network_width=0.5")
    made = _build(table, *ALONE, *given)
    improved = improve(load_network("mnasnet_a1"), ["slim_stem", "h_swish@80"])
    assert made.run.networks == (scale_width(set_classes(set_resolution(improved, 8), 10), 0.5),)
    (retrain,) = (stage for stage in made.stages if isinstance(stage, RetrainStage))
    assert retrain.choice.improvements == ("slim_stem@8", "h_swish@40")  # of a network that is found


@pytest.mark.parametrize("preset", ["mobilenetv3_large_search", "mobilenetv3_small_search"])
def test_a_run_that_adapts_is_the_same_whichever_of_its_stages_are_asked_for(preset: str, table: Path) -> None:
    some = ("[profile,seed]", "[profile,seed,adapt]", "[retrain,report]")
    if preset == "mobilenetv3_small_search":
        some = ("[profile,search]", *some)
    built = [_build(table, f"experiment={preset}", f"stages={stages}") for stages in some]
    whole = _build(table, f"experiment={preset}")
    assert {one.run.folder for one in built} == {whole.run.folder}
    assert all(one.run.networks == whole.run.networks for one in built)
    assert all({"seed", "adapt"} <= {stage.name for stage in one.stages} for one in built)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("algorithm.divisor=512",), "has no expansion or bottleneck of more than 512 channels: set a smaller divisor"),
        (("network=mobilenet_v2", "improvements=[large_se]"), "no layer has a squeeze-and-excitation for large_se"),
        (("algorithm.target_share=0",), "target_share must be a number above 0"),
    ],
)
def test_what_cannot_be_adapted_is_refused_before_anything_is_trained(
    settings: tuple[str, ...], said: str, table: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        _build(table, "experiment=netadapt", *settings)


def test_a_single_setting_that_no_stage_reads_is_warned_about(table: Path, caplog: pytest.LogCaptureFixture) -> None:
    overrides = (*ALONE, f"outputs={table.parent}", f"hardware.path={table}", "supernet_recipe.epochs=1")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        build(compose("config", list(overrides)), overrides)
    assert "supernet_recipe.epochs=1 has no effect, because none of the stages profile, retrain, report" in caplog.text


def test_a_seed_of_a_supernet_that_is_not_trained_is_warned_about(
    table: Path, caplog: pytest.LogCaptureFixture
) -> None:
    overrides = (f"outputs={table.parent}", f"hardware.path={table}", "supernet_seed=3")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        build(compose("config", [*ALONE, *overrides]), overrides)
    assert "supernet_seed=3 has no effect, because this run trains no supernet" in caplog.text


def test_a_logger_is_checked_before_a_stage_that_trains_nothing(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(log: CsvLog) -> None:
        raise ValueError("the place is not there")

    monkeypatch.setattr(CsvLog, "check", refuse)
    with pytest.raises(ValueError, match="the place is not there"):
        _build(table, *TINY, "stages=[profile]")


def test_a_supernet_whose_batch_is_more_than_a_device_takes_at_once_is_refused(table: Path) -> None:
    with pytest.raises(ValueError, match=r"trainer\.images_at_once=16 divides only the batches of single networks"):
        _build(table, *TINY, "++trainer.images_at_once=16", "supernet_recipe.batch_size=32")
    _build(table, *TINY, "++trainer.images_at_once=16", "supernet_recipe.batch_size=16")


def test_a_batch_that_devices_cannot_share_is_refused(table: Path) -> None:
    ddp = ("trainer=ddp", "trainer.devices=2", "supernet_recipe.batch_size=33")
    said = r"divided among 2 processes: set supernet_recipe\.batch_size to a multiple of 2, for example 34\."
    with pytest.raises(ValueError, match=said):
        _build(table, *TINY, *ddp)


def test_a_network_and_a_search_are_not_asked_for_together(table: Path) -> None:
    with pytest.raises(ValueError, match="cannot both train a given network and search for others: leave out network"):
        _build(table, *TINY, "+network={input: {channels: 3, height: 8, width: 8}, layers: [{op: skip}]}")


@pytest.mark.parametrize(
    ("overrides", "epochs"),
    [
        ((), 200),
        (("recipe.epochs=3",), 3),
        (("recipe.epochs=3", "recipe.least_steps=50"), 50),
        (("++trainer.limit_train_batches=1",), 200),
        (("++trainer.accumulate_grad_batches=2",), 200),
        (("recipe.batch_size=12",), 67),
        (("recipe.batch_size=12", "++trainer.accumulate_grad_batches=4"), 200),
        (("recipe.batch_size=12", "++trainer.accumulate_grad_batches=2"), 100),
        (("scale=paper", "trainer.precision=32-true"), 350),
    ],
)
def test_few_images_are_trained_on_for_enough_steps_unless_the_user_sets_the_epochs(
    overrides: tuple[str, ...], epochs: int, tmp_path: Path
) -> None:
    stage = _retrain(tmp_path, 60, "recipe.batch_size=32", *overrides)  # 36 of 60 images train, besides those of search
    assert stage.recipe.epochs == epochs
    assert f"{epochs} epochs, batch size {stage.recipe.batch_size}," in stage.recipe.in_words()


def _retrain(folder: Path, images: int, *overrides: str) -> RetrainStage:
    """The retraining of a published network on few images of three classes."""
    for number in range(images):
        path = folder / "photos" / "abc"[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (number, 2 * number, 3 * number)).save(path)
    photos = ("data=image_folder", f"data.root={folder / 'photos'}", f"outputs={folder}")
    fixed = ("stages=[retrain]", "trainer.accelerator=cpu")
    given = ["experiment=mobilenetv3_small", "scale=laptop", *photos, *fixed, *overrides]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        made = build(compose("config", given), given)
    (stage,) = made.wanted
    assert isinstance(stage, RetrainStage)
    return stage


def test_a_batch_is_smaller_than_few_images_unless_the_user_sets_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        recipe = _retrain(tmp_path, 30).recipe  # 18 of 30 train
    assert (recipe.batch_size, recipe.epochs) == (9, 100)
    assert "recipe: a batch of 9 images instead of 32 because there are 18 training images; recipe.batch_size=..." in (
        caplog.text
    )
    assert "supernet_recipe" not in caplog.text
    with pytest.raises(SettingsError, match=r"a batch of 32 images cannot be .*; set recipe.batch_size to a number"):
        _retrain(tmp_path, 30, "recipe.batch_size=32")
