"""The store keeps what was put, by any process, even if that process was killed."""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.evaluation.store import Store


def evaluation(*architecture: int, accuracy: float = 0.1 + 0.2) -> Evaluation:
    return Evaluation(architecture, accuracy, 1 / 3, 300_000_000_000, 5_160_000)


def test_an_evaluation_comes_back_exactly(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.put("context", evaluation(3, 0, 11))
    with Store(tmp_path / "store.sqlite") as store:
        assert store.get("context", (3, 0, 11)) == evaluation(3, 0, 11)
        assert store.all("context") == [evaluation(3, 0, 11)]


def test_what_was_not_put_is_not_there(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.put("context", evaluation(1, 12))
        assert store.get("context", (11, 2)) is None
        assert store.get("other", (1, 12)) is None
        assert store.all("other") == []


def test_contexts_are_kept_apart_and_in_order(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        for context, accuracy in (("b", 0.5), ("a", 0.6)):
            store.put(context, evaluation(1, accuracy=accuracy))
            store.put(context, evaluation(0, accuracy=accuracy))
        assert [one.architecture for one in store.all("a")] == [(1,), (0,)]
        assert {one.accuracy for one in store.all("b")} == {0.5}
        assert store.contexts() == ["b", "a"]


def test_the_first_evaluation_of_an_architecture_stays(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.put("context", evaluation(1, accuracy=0.5))
        store.put("context", evaluation(1, accuracy=0.6))
        assert store.all("context") == [evaluation(1, accuracy=0.5)]


def test_a_failure_gives_way_to_a_success_and_not_the_other_way_round(tmp_path: Path) -> None:
    succeeded = evaluation(1, 2)
    failed = replace(succeeded, accuracy=0.0, failure="out of memory")
    with Store(tmp_path / "store.sqlite") as store:
        assert store.put("a", failed) == failed
        assert store.put("a", succeeded) == succeeded
        assert store.put("a", failed) == succeeded
        assert store.all("a") == [succeeded]


def test_numpy_figures_are_stored_as_plain_ones(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        figures = np.float32(0.5), np.float64(2.0), np.int64(7), np.int32(8)
        store.put("context", Evaluation(tuple(np.array([1, 2])), *figures))  # type: ignore[arg-type]
        assert store.get("context", (1, 2)) == Evaluation((1, 2), 0.5, 2.0, 7, 8)


def test_an_architecture_without_decisions_comes_back(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.put("context", evaluation())
        assert store.all("context") == [evaluation()]


def test_architectures_are_readable_in_the_file(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.put("context", evaluation(3, 0, 11))
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    assert connection.execute("SELECT architecture FROM evaluations").fetchall() == [("3,0,11",)]
    connection.close()


def test_a_figure_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        with pytest.raises(ValueError, match=r"accuracy: .*finite number"):
            store.put("context", evaluation(1, accuracy=float("nan")))
        assert store.all("context") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", 1.01), ("accuracy", -0.01), ("accuracy", float("inf")),
        ("latency_ms", -1.0), ("latency_ms", 1e308),
        ("latency_ms", float("nan")), ("macs", -1), ("params", -1), ("architecture", (-1,)),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_is_not_kept(name: str, value: object, tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        with pytest.raises(ValueError, match=rf"cannot be stored: .*{name}"):
            store.put("context", replace(evaluation(1), **{name: value}))  # type: ignore[arg-type]
        assert store.all("context") == []


ROWS: dict[str, tuple[object, ...]] = {
    "accuracy of 7": ("1,2", 7.0, 1.0, 1, 1, None),
    "accuracy below 0": ("1,2", -0.5, 1.0, 1, 1, None),
    "a text for a number": ("1,2", "0.5", 1.0, 1, 1, None),
    "bytes for a number": ("1,2", b"0.5", 1.0, 1, 1, None),
    "no number": ("1,2", None, 1.0, 1, 1, None),
    "a latency below 0": ("1,2", 0.5, -1.0, 1, 1, None),
    "an endless latency": ("1,2", 0.5, 1e308, 1, 1, None),
    "half a multiply-add": ("1,2", 0.5, 1.0, 1.5, 1, None),
    "parameters below 0": ("1,2", 0.5, 1.0, 1, -1, None),
    "an empty option": ("1,,2", 0.5, 1.0, 1, 1, None),
    "nothing for the architecture": (None, 0.5, 1.0, 1, 1, None),
    "no architecture": ("one", 0.5, 1.0, 1, 1, None),
    "an option below 0": ("1,-2", 0.5, 1.0, 1, 1, None),
    "a number for the failure": ("1,2", 0.5, 1.0, 1, 1, 5),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_that_cannot_be_is_refused_with_the_file(row: tuple[object, ...], tmp_path: Path) -> None:
    """A table without types, from another program, takes any value."""
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = "architecture, accuracy, latency_ms, macs, params, failure"
        connection.execute(f"CREATE TABLE evaluations (number INTEGER PRIMARY KEY, context, {columns})")
        connection.execute(f"INSERT INTO evaluations (context, {columns}) VALUES ('c', ?, ?, ?, ?, ?, ?)", row)
    with Store(path) as store, pytest.raises(ValueError, match=rf"{path} cannot be read: .*; name another file"):
        store.all("c")


def test_a_file_that_is_damaged_in_its_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        for option in range(2000):
            store.put("context", evaluation(option))
    content = bytearray(path.read_bytes())
    content[8192:40960] = bytes(range(256)) * 128
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{path} cannot be "), Store(path) as store:
        store.all("context")


@pytest.mark.parametrize(
    "extra",
    [
        "CREATE TRIGGER more AFTER INSERT ON evaluations BEGIN DELETE FROM evaluations; END",
        "CREATE VIEW more AS SELECT * FROM evaluations",
    ],
)
def test_a_store_that_would_do_more_than_keep_is_refused(extra: str, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(extra)
    with pytest.raises(ValueError, match=r"it holds .* more; name another file"):
        Store(path)


def put_and_die(path: Path) -> None:
    store = Store(path)
    for option in range(50):
        store.put("context", evaluation(option))
    os.kill(os.getpid(), signal.SIGKILL)


def put_many(path: Path, start: int, together: Barrier) -> None:
    together.wait()
    for first in range(start, start + 60, 6):
        with Store(path) as store:
            for option in range(first, first + 6):
                store.put("context", evaluation(option))


def test_a_killed_process_loses_nothing_that_it_put(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=put_and_die, args=(tmp_path / "store.sqlite",))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with Store(tmp_path / "store.sqlite") as store:
        assert store.all("context") == [evaluation(option) for option in range(50)]


def test_several_processes_write_at_once_without_loss_or_repetition(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    # they share half of their architectures
    path, together = tmp_path / "store.sqlite", spawn.Barrier(2)
    processes = [spawn.Process(target=put_many, args=(path, start, together)) for start in (0, 30)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    with Store(path) as store:
        assert sorted(one.architecture for one in store.all("context")) == [(option,) for option in range(90)]


def text_file(path: Path) -> None:
    path.write_text("accuracy, latency_ms\n" * 100)


def folder(path: Path) -> None:
    path.mkdir()


def other_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()


def other_columns(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE evaluations (context TEXT, accuracy REAL)")
    connection.close()


@pytest.mark.parametrize("make", [text_file, folder, other_table, other_columns])
def test_a_file_that_is_no_store_is_named_and_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "store.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ValueError, match=r"store\.sqlite cannot be opened as a store of evaluations: .*; name another"):
        Store(path)
    assert before is None or path.read_bytes() == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing/store\.sqlite cannot be opened"):
        Store(tmp_path / "missing" / "store.sqlite")
