"""Files from elsewhere in a --config-dir: one sentence, at once, in little memory; nothing runs, nothing is written."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "# @package _global_\n"
LAUGHS = "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9 if n else 'lol'}]\n" for n in range(12))
DOUBLED = "".join(f"a{n}: ${{a{n + 1}}}${{a{n + 1}}}\n" for n in range(25)) + "a25: lol\n"
LISTS = "".join(f"a{n}: ['${{a{n + 1}}}', '${{a{n + 1}}}']\n" for n in range(25)) + "a25: lol\n"

FILES: dict[str, tuple[str | bytes, str]] = {  # content of experiment/mine.yaml, and what is said
    "nested aliases": (HEAD + LAUGHS, "/mine.yaml has more than 20,000 values, with its aliases written out."),
    "1,000 levels": (HEAD + "a: " + "[" * 1000 + "]" * 1000, "/mine.yaml is nested more than 20 levels deep."),
    "100 MB": (HEAD.encode() + b"#" * 100_000_000, "/mine.yaml has 100,000,020 bytes, more than 800,000."),
    "bytes": (bytes(range(256)), "/mine.yaml is not a text file in UTF-8."),
    "NUL": (HEAD + "name: a\0b", "/mine.yaml is not YAML: unacceptable character #x0000"),
    "UTF-16": ((HEAD + "name: a").encode("utf-16"), "/mine.yaml is not a text file in UTF-8."),
    "a key twice": (HEAD + "seed: 1\nseed: 2\n", "/mine.yaml, line 2 is not YAML: the key 'seed' stands twice."),
    "tabs": (HEAD + "recipe:\n\tepochs: 1\n", "/mine.yaml, line 3 is not YAML: found character '\\t'"),
    "a tag": (HEAD + "name: !!python/object/apply:os.system [touch made]", "line 2 is not YAML: could not determine"),
    "another tag": (HEAD + "name: !!python/name:os.system", "line 2 is not YAML: could not determine a constructor"),
    "a long number": (HEAD + f"seed: {'9' * 9_000}", "/mine.yaml is not YAML: Exceeds the limit"),
    "a long key": (HEAD + f"{'x' * 50_000}: 1", "/mine.yaml has a value of 50,000 characters"),
    "a date": (HEAD + "name: 2024-13-45", "/mine.yaml is not YAML: month must be in 1..12."),
    "a reference to itself": (HEAD + "name: ${name}", "The setting name refers to a setting that is missing or"),
    "references in a circle": (HEAD + "name: ${outputs}\noutputs: ${name}", "that is missing or to itself"),
    "references that double": (HEAD + DOUBLED.replace("a0", "name"), "The settings take more than 3 s to resolve"),
    "lists of references": (HEAD + LISTS.replace("a0", "improvements"), "The settings take more than 3 s to resolve"),
    "deep references": (HEAD + f"name: {'${' * 400}a{'}' * 400}", "experiment/mine.yaml"),
    "a long reference": (HEAD + f"name: {'${seed}' * 1_000}", "a reference to another setting, '${seed}"),
    "itself as a default": (HEAD + "defaults: [mine, _self_]", "defaults lists"),
    "a file that is not there": (HEAD + "defaults: [../../../../etc/passwd, _self_]", "etc/passwd"),
    "an unknown resolver": (HEAD + "name: ${file:/etc/passwd}", "Unsupported interpolation type file"),
    "no header": (HEAD.replace("_global_", "a b") + "seed: 1", "/mine.yaml cannot be read: Too many components"),
    "a callback": (
        HEAD + "hydra: {callbacks: {x: {_target_: builtins.open, file: made, mode: w}}}",
        "hydra.callbacks.x._target_='builtins.open' is not allowed",
    ),
    "a launcher": (HEAD + "hydra: {launcher: {_target_: os.system, command: touch made}}", "launcher"),
    "within a sweeper": (
        HEAD + "hydra: {sweeper: {params: {x: {_target_: os.system, command: touch made}}}}",
        "hydra.sweeper.params.x._target_='os.system' is not allowed",
    ),
    "a log": (
        HEAD + "hydra: {job_logging: {handlers: {x: {class: logging.FileHandler, filename: made}}}}",
        "hydra.job_logging is not allowed",
    ),
    "a maker of a log": (
        HEAD + "hydra: {job_logging: {formatters: {x: {(): os.system, command: touch made}}}}",
        "hydra.job_logging.formatters.x.()='os.system' is not allowed",
    ),
    "the environment": (HEAD + "hydra: {job: {env_set: {PYTHONPATH: /tmp/evil}}}", "hydra.job.env_set is not allowed"),
}  # fmt: skip


def said_to(folder: Path, *arguments: str) -> str:
    """What the command says; it must fail in a sentence within seconds, with less than 2 GB of memory."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))  # of addresses, of which some are never used\n"
        "from mobilenas.cli import main\n"
        "main()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MOBILENAS_TRACEBACK"}
    command = [sys.executable, "-c", code, "--config-dir", str(folder), *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=200)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10
    assert ended.returncode == 1
    assert "cannot be composed (ValueError" not in ended.stderr
    assert all(line.startswith("mobilenas: ") and len(line) < 500 for line in ended.stderr.splitlines()), ended.stderr
    return ended.stderr


@pytest.mark.parametrize("kind", FILES)
def test_a_hostile_file_of_an_experiment_is_one_sentence_and_runs_nothing(kind: str, tmp_path: Path) -> None:
    content, said = FILES[kind]
    (tmp_path / "experiment").mkdir()
    file = tmp_path / "experiment" / "mine.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    more = ["--multirun"] if kind == "a launcher" else []
    assert said in said_to(tmp_path, "experiment=mine", *more)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


@pytest.mark.parametrize("group", ["method", "network", "scale", "hydra/callbacks"])
@pytest.mark.parametrize("kind", ["nested aliases", "1,000 levels", "bytes", "tabs"])
def test_so_is_a_file_of_any_group(group: str, kind: str, tmp_path: Path) -> None:
    content, said = FILES[kind]
    (tmp_path / group).mkdir(parents=True)
    (tmp_path / group / "mine.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    how = f"+{group}=mine" if group in ("network",) else f"{group}=mine"
    assert f"/{group}{said}" in said_to(tmp_path, how, "experiment=moga_a")


def test_a_file_that_includes_two_that_include_two_and_so_on_ends_soon(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    for n in range(40):
        included = f"defaults: [mine{n + 1}@x{n}, mine{n + 1}@y{n}]\n" if n < 39 else "a: 1\n"
        (tmp_path / "experiment" / f"mine{n}.yaml").write_text(HEAD + included)
    assert "The files of the settings take more than 3 s to read" in said_to(tmp_path, "experiment=mine0")


def test_a_pickle_of_an_earlier_job_is_not_loaded(tmp_path: Path) -> None:
    assert "--experimental-rerun reads a pickle" in said_to(tmp_path, "--experimental-rerun", "job.pickle")


def test_a_file_that_is_right_is_read_with_its_references(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(HEAD + "seed: &a abc\nfresh: *a\nthreads: ${oc.env:HOME}\n")
    said = said_to(tmp_path, "experiment=mine")
    assert "seed must be a whole number" in said and "fresh must be true or false" in said
    assert f"not {os.environ['HOME']!r}" in said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_before_the_first_line_changes_nothing(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_bytes((HEAD + "seed: abc\n").encode(encoding))
    assert said_to(tmp_path, "experiment=mine") == "mobilenas: seed must be a whole number, 0 or more, not 'abc'.\n"
