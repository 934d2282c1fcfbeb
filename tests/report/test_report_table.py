"""The table of the networks: as a file, and as people see it."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from mobilenas.report import RunResult
from mobilenas.report.files import PAGE, TABLE
from mobilenas.report.page_table import page_table
from mobilenas.report.table import COLUMNS, MISSING, read_csv, rows, shown_columns, to_csv
from mobilenas.report.terminal import show

Renamed = Callable[[RunResult, str], RunResult]


def shown(result: RunResult, folder: Path, width: int = 80) -> str:
    (folder / TABLE).write_text(to_csv(result), encoding="utf-8")
    output = StringIO()
    show(folder, Console(file=output, width=width))
    return output.getvalue()


def test_the_file_holds_every_figure_exactly(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / TABLE).write_text(to_csv(result), encoding="utf-8")
    for row, network in zip(read_csv(tmp_path / TABLE), result.networks, strict=True):
        assert network.evaluation
        assert row["name"] == network.name
        assert int(row["params"]) == network.spec.params
        assert int(row["macs"]) == network.spec.macs
        assert float(row["predicted_ms"]) == network.predicted_ms
        assert float(row["measured_ms"]) == network.measured_ms
        assert float(row["measured_std_ms"]) == network.measured_std_ms
        assert float(row["search_accuracy"]) == network.evaluation.accuracy
        assert float(row["test_accuracy"]) == network.test_accuracy
        assert float(row["test_second"]) == network.test_second
        assert float(row["onnx_error"]) == network.onnx_error
        assert tuple(map(int, row["architecture"].split())) == network.evaluation.architecture


def test_the_error_of_an_accuracy_is_that_of_counting(result: RunResult) -> None:
    network = replace(result.networks[0], test_accuracy=0.9, test_second=0.99)
    (row,) = rows(replace(result, networks=(network,), test_images=900))
    assert float(row["test_accuracy_error"]) == pytest.approx(0.01)  # sqrt(0.9 * 0.1 / 900)
    assert float(row["test_second_error"]) == pytest.approx(0.0033166, rel=1e-4)  # sqrt(0.99 * 0.01 / 900)


def test_what_was_not_found_out_is_empty_in_the_file_and_a_dash_for_people(bare: RunResult) -> None:
    row = rows(bare)[0]
    assert [name for name, value in row.items() if value] == ["name", "params", "macs", "score", "second"]
    assert [column.cell(row) for column in COLUMNS][2:] == [MISSING] * 5


def test_top5_is_left_out_where_no_network_has_it(result: RunResult, bare: RunResult, tmp_path: Path) -> None:
    few = replace(result, networks=tuple(replace(one, test_second=None) for one in result.networks))
    assert [[column.title for column in shown_columns(rows(one))][5:] for one in (result, few, bare)] == [
        ["test", "top-5"],
        ["test"],
        ["test"],
    ]
    assert "top-5" in shown(result, tmp_path) and "top-5" in page_table(result)
    assert "top-5" not in shown(few, tmp_path) and "top-5" not in page_table(few)


def test_the_columns_are_called_by_the_scores_of_the_task(result: RunResult, tmp_path: Path) -> None:
    boxes = replace(result, score_name="mAP", second_name="mAP at .5")
    columns = shown_columns(rows(boxes))
    assert [column.title for column in columns][4:] == ["search", "test", "mAP at .5"]
    assert [column.note for column in columns][4:] == [
        "mAP by the search's score, split search",
        "mAP after training",
        "mAP at .5 after training",
    ]
    assert "mAP at .5" in shown(boxes, tmp_path) and "mAP at .5" in page_table(boxes)
    assert "top-" not in shown(boxes, tmp_path) and "top-" not in page_table(boxes)


def test_only_a_share_of_the_images_has_the_error_of_counting(result: RunResult) -> None:
    for name, is_there in (("top-1", True), ("mAP", False), ("mIoU", False)):
        row = rows(replace(result, score_name=name))[0]
        assert bool(row["test_accuracy_error"]) is bool(row["test_second_error"]) is is_there


def test_a_prediction_whose_error_nobody_knows_says_so(result: RunResult) -> None:
    network = replace(result.networks[0], predicted_ms=1.234, predicted_rmse_ms=None)
    (row,) = rows(replace(result, networks=(network,)))
    assert "1.23 ± ?" in [column.cell(row) for column in COLUMNS]


def test_a_run_without_networks_has_a_table_of_names_alone(bare: RunResult) -> None:
    assert to_csv(replace(bare, networks=())).count("\n") == 1


@pytest.mark.parametrize("name", ["moga-1", "mobilenet_v3_large", "a name, with 'many' \"signs\""])
def test_eighty_columns_are_enough(result: RunResult, renamed: Renamed, name: str, tmp_path: Path) -> None:
    lines = shown(renamed(result, name), tmp_path).splitlines()
    table = lines[: lines.index("")]
    assert max(map(len, table)) <= 80
    assert not any("…" in line for line in table)


def test_the_terminal_shows_every_cell_of_the_table(result: RunResult, tmp_path: Path) -> None:
    text = shown(result, tmp_path)
    for row in rows(result):
        line = next(line for line in text.splitlines() if line.startswith(row["name"]))
        assert line.split() == [row["name"], *(column.cell(row).replace(" ", "") for column in COLUMNS)]


def test_the_terminal_names_the_page(result: RunResult, tmp_path: Path) -> None:
    assert shown(result, tmp_path, width=20).splitlines()[-1] == str(tmp_path / PAGE)


def test_a_name_is_no_markup_on_the_terminal(result: RunResult, renamed: Renamed, tmp_path: Path) -> None:
    assert "[bold]" in shown(renamed(result, "[bold]"), tmp_path)


def test_a_dash_is_explained_on_the_terminal(result: RunResult, bare: RunResult, tmp_path: Path) -> None:
    assert f"{MISSING}:" in shown(bare, tmp_path)
    assert f"{MISSING}:" not in shown(result, tmp_path)


def test_an_unknown_error_is_explained_on_the_terminal(result: RunResult, tmp_path: Path) -> None:
    network = replace(result.networks[0], predicted_ms=1.234, predicted_rmse_ms=None)
    said = "± ?: its error is not known"
    assert said in shown(replace(result, networks=(network,)), tmp_path)
    assert said not in shown(replace(result, networks=(replace(network, predicted_rmse_ms=0.1),)), tmp_path)


def test_into_a_pipe_no_line_is_broken(
    result: RunResult, renamed: Renamed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "a" * 150
    (tmp_path / TABLE).write_text(to_csv(renamed(result, name)), encoding="utf-8")
    show(tmp_path)
    assert name in capsys.readouterr().out
