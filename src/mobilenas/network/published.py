"""Loads the published networks in ``conf/network``, by name."""

from difflib import get_close_matches

from mobilenas.files.paths import path_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.settings.packages import conf_files


def network_names() -> tuple[str, ...]:
    """Returns the names in ``conf/network``, sorted; those of installed packages are among them."""
    return tuple(conf_files("network"))


PROGRAMS = (".onnx", ".tflite", ".pte", ".mlmodel", ".mlpackage")
"""Endings of files with networks as runtimes execute them."""


def load_network(name_or_path: str) -> NetworkSpec:
    """Loads a network by its name in ``conf/network``, or from a YAML file.

    A path has a slash, or it ends in ``.yaml`` or ``.yml``.

        >>> from mobilenas.network import load_network
        >>> network = load_network("moga_a")
        >>> network.params, network.macs
        (5159802, 304042176)

    Raises:
        ValueError: the name is unknown, or the file can't be read or holds no network
    """
    path = path_of(name_or_path)
    if path.suffix in PROGRAMS:
        raise ValueError(
            f"{name_or_path} is a program for a runtime, which cannot be read back: give the folder of the run that has"
            " exported it, a YAML file, or a name in conf/network."
        )
    if path.name == name_or_path and path.suffix not in (".yaml", ".yml"):
        return NetworkSpec.load(conf_files("network")[_known(name_or_path)])
    try:
        return NetworkSpec.load(path)
    except OSError as error:
        raise ValueError(f"{name_or_path} can't be read: {error.strerror}; give the path of a YAML file.") from None


def _known(name: str) -> str:
    names = network_names()
    if name in names:
        return name
    close = get_close_matches(name.lower().replace("-", "_"), names)
    way_out = (
        f"did you mean {' or '.join(close)}?" if close else f"choose from {', '.join(names)}, or give a YAML file."
    )
    raise ValueError(f"Network {name!r} is unknown; {way_out}")
