"""What a run's folder holds: records, marks, the store, weights and checkpoints."""

import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from bench import tiny
from bench.fuzz import right, right_records
from bench.fuzz.rows import sqlite_changed
from bench.fuzz.target import Target
from bench.fuzz.tensors import safetensors_changed, torch_changed
from bench.fuzz.trees import json_changed, yaml_changed
from mobilenas.adaptation import WidthSpace
from mobilenas.algorithm import PROBABILITIES, Sampled
from mobilenas.evaluation import Evaluation, Store
from mobilenas.files.artifact import Artifact
from mobilenas.files.whole import seal
from mobilenas.network import NetworkSpec
from mobilenas.settings import SEED, given
from mobilenas.stages import AdaptRecord, RetrainRecord, SearchRecord, SeedRecord, SupernetRecord
from mobilenas.supernet import load_supernet
from mobilenas.training.fit import _begun
from mobilenas.training.weights import trained_network

CONTEXT = "a context"
MARKS = ("artifact.json", "begun.json")


def records(moga: Path, netadapt: Path) -> Iterator[Target]:
    """Yields every file of the records of both runs, a ranking and learned probabilities too."""
    space, widths = tiny.space(), WidthSpace(tiny.network(), 8)
    search, retrain, supernet, adapt, seed = (
        moga / "search", moga / "retrain", moga / "supernet", netadapt / "adapt", netadapt / "seed"
    )  # fmt: skip
    (search / "ranking.json").write_bytes((search / "front.json").read_bytes())
    probabilities = [[1 / count] * count for count in space.options]
    history = [{"expected_latency_ms": 0.5, "derived_latency_ms": 0.6}]
    (supernet / "learned.json").write_text(json.dumps({"probabilities": probabilities, "history": history}))
    read_search = partial(lambda: _chosen(SearchRecord.load(search, space), space))
    read_adapt = partial(lambda: _chosen(AdaptRecord.load(adapt, widths), widths))
    yield from _record(search, read_search, partial(right_records.search, space=space))
    yield from _record(
        retrain, partial(RetrainRecord.load, retrain, space), partial(right_records.retrain, space=space)
    )
    yield from _record(supernet, partial(_learned, supernet), partial(right_records.supernet, space=space))
    yield from _record(adapt, read_adapt, partial(right_records.adapt, space=widths))
    yield from _record(seed, partial(lambda: SeedRecord.load(seed).spec), right.network)


def _record(folder: Path, read: Callable[[], object], wrong: Callable[[Any], str | None]) -> Iterator[Target]:
    for path in sorted(path for path in folder.rglob("*.*") if path.suffix in (".json", ".yaml")):
        if path.name not in MARKS:
            change = json_changed if path.suffix == ".json" else yaml_changed
            name = f"{folder.name}-{path.stem}"
            yield from Target(name, change, path, path.read_bytes(), read, wrong, lambda _: ("learned prob",)).thrice


def _learned(folder: Path) -> SupernetRecord:
    """Returns the record, after a search has drawn architectures by its probabilities."""
    record = SupernetRecord.load(folder)
    if record.probabilities is not None:
        Sampled(samples=2).search(tiny.space(), given((PROBABILITIES, record.learned()), (SEED, 0)))
    return record


def _chosen(record: SearchRecord | AdaptRecord, space: Any) -> SearchRecord | AdaptRecord:
    """Returns the record, after the next stage has taken networks from it."""
    _ = record.chosen(space, 1), record.chosen(space, 3)
    return record


def marks(run: Path) -> Iterator[Target]:
    """Yields the files that say whether a stage is complete."""
    for name in MARKS:
        path = run / "search" / name
        fingerprint = str(json.loads(path.read_text())["fingerprint"])
        read = partial(_state, Artifact(path.parent, fingerprint))
        wrong = partial(right_records.mark, path=path, fingerprint=fingerprint)
        yield from Target(name.partition(".")[0], json_changed, path, path.read_bytes(), read, wrong).thrice


def _state(artifact: Artifact) -> tuple[bool, bool]:
    return artifact.complete, artifact.stale


def store(folder: Path) -> Iterator[Target]:
    """Yields a store of evaluations."""
    space, path = tiny.space(), folder / "fuzzed" / "evaluations.sqlite"
    with Store(path) as kept:
        evaluations = [kept.put(CONTEXT, one) for one in right_records.examples(space, 12)]
    wrong = right_records.stored
    read = partial(_everything, path, evaluations)
    yield from Target("store", sqlite_changed, path, path.read_bytes(), read, wrong).thrice


def _everything(path: Path, evaluations: list[Evaluation]) -> list[Evaluation]:
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    with Store(path) as store:
        found = [one for context in store.contexts() for one in store.all(context)]
        found += [one for one in (store.get(CONTEXT, known.architecture) for known in evaluations) if one]
        return [*found, store.put(CONTEXT, evaluations[0])]


def weights(moga: Path, netadapt: Path) -> Iterator[Target]:
    """Yields the weights of a trained network, of a seed network, and of a supernet."""
    chosen = NetworkSpec.load(next(moga.glob("retrain/chosen/*.yaml")))
    trained = next(moga.glob("retrain/*/weights.safetensors"))
    yield from _weights("weights-trained", trained, partial(trained_network, chosen, trained))
    seed = netadapt / "seed" / "weights.safetensors"
    yield from _weights("weights-seed", seed, partial(trained_network, tiny.network(), seed))
    supernet = moga / "supernet" / "supernet.safetensors"
    yield from _weights("weights-supernet", supernet, partial(load_supernet, tiny.space(), supernet))


def _weights(name: str, path: Path, read: Callable[[], torch.nn.Module]) -> Iterator[Target]:
    wrong = partial(right.weights, expected=read().state_dict())
    yield from Target(name, safetensors_changed, path, path.read_bytes(), read, wrong).thrice


def checkpoints(run: Path) -> Iterator[Target]:
    """Yields the checkpoint of a supernet's training: damaged, and as another program has written and sealed it."""
    path = run / "supernet" / "checkpoints" / "last.ckpt"
    whole = path.read_bytes()
    state = torch.load(io.BytesIO(whole), "cpu", weights_only=True)["state_dict"]
    module = SimpleNamespace(state_dict=lambda: state)
    damaged, foreign = partial(_continued, path, module, whole), partial(_continued, path, module, None)
    for name, read in (("checkpoint-damaged", damaged), ("checkpoint-foreign", foreign)):
        yield from Target(name, torch_changed, path, whole, read, partial(right.checkpoint, expected=state)).thrice


def _continued(path: Path, module: Any, sealed: bytes | None) -> Any:
    """Returns the content that a training goes on from; its hash is that of ``sealed``, or else its own."""
    found = path.read_bytes()
    path.write_bytes(sealed or found)
    seal(path)
    path.write_bytes(found)
    return _begun(path, module)
