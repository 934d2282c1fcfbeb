"""What a file from elsewhere may write as a ``_target_`` to run code, and every place where it may write it."""

from collections.abc import Iterator, Mapping

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from mobilenas.conf_dir import conf_dir

OUTSIDE = (  # other people's code
    "os.system", "subprocess.run", "builtins.eval", "builtins.open", "shutil.rmtree", "torch.load", "pickle.loads",
    "pytorch_lightning.Trainer", "pytorch_lightning.core.saving.save_hparams_to_yaml", "hydra.utils.get_method",
    "mobilenas_evil.Fair", "MOBILENAS.method.Fair", "Mobilenas.method.Fair",
)  # fmt: skip
INSIDE = (  # this project's code that is no part of any group
    "mobilenas.files.artifact.Artifact.begin", "mobilenas.files.artifact.Artifact", "mobilenas.evaluation.Store",
    "mobilenas.pipeline.run", "mobilenas.pipeline.plan", "mobilenas.cli.main", "mobilenas.method",
    "mobilenas.cli.command.os.system", "mobilenas.files.artifact.shutil.rmtree", "mobilenas.files.paths.Path",
    "mobilenas.network.NetworkSpec.load", "mobilenas.settings.Reader", "mobilenas.pipeline.settings.Settings",
    "mobilenas.method.Fair.__class__", "mobilenas.__class__", "mobilenas.method.Fair.__init__",
)  # fmt: skip
NO_NAMES = (  # texts that are no name of a class
    "", " ", "mobilenas", "mobilenas.", ".mobilenas.method.Fair", "mobilenas..method.Fair", " mobilenas.method.Fair",
    "mobilenas.method.Fair ", "mobilenas.method.Fair()", "mobilenas.method:Fair", "mobilenas/method/Fair",
    "mobilenas\u2024method\u2024Fair", "mobilenas\uff0emethod\uff0eFair", "mobilenas.method.F\u0430ir",
    "mobilenas." + "a." * 5_000 + "Fair", "mobilenas.method.\nFair", "__import__('os').system('ls')",
)  # fmt: skip
NO_TEXTS = ([], ["os.system"], {"_target_": "os.system"}, 5, 1.5, True, None)
MORE_KEYS = ({"_args_": [1]}, {"_partial_": True}, {"_recursive_": True}, {"_convert_": "all"}, {"_call_": "x"})


def targets_of(settings: object, place: str = "") -> Iterator[str]:
    """The places in composed settings that have a ``_target_``, by name: ``hardware.engine``."""
    if isinstance(settings, Mapping):
        yield from (place,) if "_target_" in settings else ()
        for name, value in settings.items():
            yield from targets_of(value, f"{place}.{name}".lstrip("."))


def composed_values(*overrides: str) -> dict[str, object]:
    """The plain values of a command with these overrides."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        values = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    assert isinstance(values, dict)
    return {str(name): value for name, value in values.items()}


def places() -> dict[str, tuple[str, ...]]:
    """Every place that has a ``_target_`` with any file of ``conf/``, and the override that chooses the file."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(conf_dir().glob("*/*.yaml")):
        group = file.parent.name
        if group in ("network", "scale"):  # these are no parts: they have layers and sizes
            continue
        more = {"image_folder": ("data.root=photos",), "table": ("hardware.path=phone.csv",)}.get(file.stem, ())
        chosen = (f"{group}={file.stem}", *more)
        for place in targets_of(composed_values(*chosen)):
            found.setdefault(place, chosen)
    return found
