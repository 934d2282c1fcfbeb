"""What a user may write or receive: networks, tables, pictures, folders and indices."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench import tiny
from bench.fuzz import folders, right
from bench.fuzz.bytes import picture_changed
from bench.fuzz.target import Target
from bench.fuzz.trees import csv_changed, json_changed, yaml_changed
from mobilenas.conf_dir import conf_dir
from mobilenas.data.decode import centered, decode
from mobilenas.data.pixel_file import PixelFile
from mobilenas.hardware import LatencyTable, TableHardware, Validation
from mobilenas.hardware.costs import check_table
from mobilenas.hardware.features import layer_features
from mobilenas.hardware.network_costs import cost_model
from mobilenas.network import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.stages import ProfileRecord

FACTS = b"# device: a phone\n# engine: ONNX Runtime\n# batch: 1\n# rmse_ms: 0.01\n"
PICTURES = (
    ("png", "RGB"), ("png", "P"), ("png", "I;16"), ("jpeg", "RGB"), ("gif", "P"), ("tiff", "RGB"), ("bmp", "RGB"),
    ("webp", "RGBA"), ("ppm", "RGB"),
)  # fmt: skip


def networks(folder: Path, run: Path) -> Iterator[Target]:
    """Yields the networks of ``conf``, a chosen one of a search, and a small one."""
    for seed in (
        *sorted(conf_dir().glob("network/*.yaml")),
        *run.glob("retrain/chosen/*.yaml"),
        folder / "network.yaml",
    ):
        path = folder / "fuzzed" / f"{seed.stem}.yaml"
        text = "".join(line for line in seed.read_text().splitlines(True) if not line.startswith("_target_"))
        read = partial(NetworkSpec.load, path)
        yield from Target(f"network-{seed.stem}", yaml_changed, path, text.encode(), read, right.network).thrice


def tables(folder: Path, run: Path) -> Iterator[Target]:
    """Yields a table and a predictor of another device, and a profile's table and validation."""
    space, phone, kept = tiny.space(), folder / "fuzzed" / "phone.csv", run / "profile" / "latency.csv"
    wrong = partial(right.table, space=space)

    def elsewhere() -> LatencyTable:
        hardware = TableHardware(path=str(phone))
        _ = hardware.identity, hardware.images
        return _used(hardware.profile(space).table, space)

    table = FACTS + (folder / "moga.csv").read_bytes()
    yield from Target("table", csv_changed, phone, table, elsewhere, wrong).thrice
    names = sorted({name for layer in space.pieces if layer.takes_time for name in layer_features(layer)})
    predictor = "".join(f'"{name}",0.001\n' for name in names)
    yield from Target("predictor", csv_changed, phone, f"feature,ms\n{predictor}".encode(), elsewhere, wrong).thrice
    profile = partial(lambda: _used(ProfileRecord.load(kept.parent).table, space))
    yield from Target("profile", csv_changed, kept, kept.read_bytes(), profile, wrong).thrice
    path = folder / "fuzzed" / "validation.csv"
    Validation((0.5, 0.6, 0.7), (0.5, 0.61, 0.69), (0.4, 0.5, 0.6)).save(path)
    read = partial(Validation.load, path)
    yield from Target("validation", csv_changed, path, path.read_bytes(), read, right.validation).thrice


def _used(table: LatencyTable, space: SearchSpace) -> LatencyTable:
    """Returns the table after all that a search and a report ask of it."""
    check_table(table, space, ())
    cost_model(space, table)([[0] * len(space.options), [1] * len(space.options)])
    _ = table.images, table.rmse_ms
    return table


def images(folder: Path) -> Iterator[Target]:
    """Yields small pictures of all formats."""
    with Image.open(folder / "photos" / "cat" / "00.png") as image:
        pixels = np.asarray(image)
    for form, mode in PICTURES:
        deep = mode == "I;16"
        picture = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257 if deep else pixels)
        path, file = folder / "fuzzed" / f"picture.{form}", io.BytesIO()
        (picture if deep else picture.convert(mode)).save(file, form)
        read, wrong = partial(_both_readings, path), partial(right.picture, path=path)
        name = f"image-{form}-{mode.partition(';')[0]}"
        yield from Target(name, picture_changed, path, file.getvalue(), read, wrong).thrice


def _both_readings(path: Path) -> tuple[Image.Image, NDArray[np.uint8]]:
    return decode(path), centered(path, right.SIDE, 0.875)


def indices(folder: Path) -> Iterator[Target]:
    """Yields an architecture's options, a folder's classes and files, and a file of decoded pixels."""
    space, path = tiny.space(), folder / "fuzzed" / "architecture.json"
    read, wrong = partial(folders.architecture_in, path, space), partial(right.architecture, space=space)
    yield Target("architecture", json_changed, path, b"[0, 1]", read, wrong, lambda _: (space.name,))
    tree, photos = folder / "fuzzed" / "tree.json", folder / "photos"
    listed = partial(folders.data_in, tree, folder / "fuzzed" / "photos", photos)
    for name, seed in (("folders", folders.tree_of(photos)), ("splits", folders.splits_of(photos))):
        yield Target(name, json_changed, tree, seed, listed, folders.wrong, lambda _: ("photos", "tree.json"))
    pixels = PixelFile(folder / "fuzzed" / "cache", right.PIXELS.shape)
    pixels.write(right.PIXELS)
    for ending, change in (("json", json_changed), ("pixels", picture_changed)):
        path = folder / "fuzzed" / f"cache.{ending}"
        yield from Target(f"cache-{ending}", change, path, path.read_bytes(), pixels.read, right.pixels).thrice
