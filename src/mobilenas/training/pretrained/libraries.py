"""Networks of timm and torchvision with their trained weights, by the libraries' own download and cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from torch import nn

from mobilenas.data.normalization import Normalization
from mobilenas.ops import Padding
from mobilenas.training.pretrained.source import Source


def read_timm(name: str) -> Source:
    """Returns the weights of timm's network ``NAME`` or ``NAME.TAG``; raises ValueError if they cannot be had."""
    import timm

    known = timm.list_models(pretrained=False)
    if name.partition(".")[0] not in known:
        raise ValueError(_unknown("timm", name, known))
    module = _loaded("timm", name, lambda: timm.create_model(name, pretrained=True))
    about: Mapping[str, Any] = vars(module)["pretrained_cfg"]
    return _source(f"timm:{name}", module, Normalization((*about["mean"],), (*about["std"],)))


def read_torchvision(name: str) -> Source:
    """Returns the weights of torchvision's network ``NAME``, the newest ones, or ``NAME.WEIGHTS``.

    Raises:
        ValueError: they cannot be had
    """
    from torchvision import models

    model, _, version = name.partition(".")
    if model not in (known := models.list_models(module=models)):
        raise ValueError(_unknown("torchvision", model, known))
    versions = {one.name: one for one in models.get_model_weights(model)}
    if version and version not in versions:
        raise ValueError(f"torchvision's {model} has no weights {version}: choose from {', '.join(versions)}.")
    weights = versions[version] if version else models.get_model_weights(model).DEFAULT
    module = _loaded("torchvision", name, lambda: models.get_model(model, weights=weights))
    about = weights.transforms()
    return _source(f"torchvision:{name}", module, Normalization((*about.mean,), (*about.std,)))


def _source(origin: str, module: nn.Module, normalization: Normalization) -> Source:
    """Returns what a library's network tells of itself."""
    norms = {part.eps for part in module.modules() if isinstance(part, nn.BatchNorm2d)}
    return Source(
        origin,
        module.state_dict(),
        eps=norms.pop() if len(norms) == 1 else None,
        padding=_padding(module),
        normalization=normalization,
        module=module.eval(),
    )


def _padding(module: nn.Module) -> Padding:
    return "same" if any(type(part).__name__ == "Conv2dSame" for part in module.modules()) else "symmetric"


def _loaded(library: str, name: str, load: Callable[[], Any]) -> nn.Module:
    """Returns a library's network; whatever stands against it is a ValueError in one sentence."""
    try:
        module: nn.Module = load()
    except Exception as error:  # of the library, of its hub, of the network or of the disk
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ValueError(
            f"{library}:{name} cannot be loaded ({reason.rstrip('.'):.200}): connect to the internet, or give the path"
            " of a file of weights."
        ) from None
    return module


def _unknown(library: str, name: str, known: list[str]) -> str:
    close = get_close_matches(name, known)
    hint = f"did you mean {' or '.join(close)}?" if close else f"{library}.list_models() tells its names."
    return f"{library} has no network {name}; {hint}"
