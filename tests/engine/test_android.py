"""A phone as an engine, behind a stand-in for adb: what it runs, what it tells, and what is said when it fails."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.engine import Android
from mobilenas.engine.android import PhonePrecision
from mobilenas.hardware import MeasuredHardware, TableHardware
from mobilenas.hardware.profile import layers_of
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SettingsError
from mobilenas.testing.engine import CHECKS, its_times_are_milliseconds
from mobilenas.timing import Timing
from tests.engine.stand_in_adb import StandIn

pytest.importorskip("ai_edge_litert")

NETWORK = NetworkSpec(Shape(3, 8, 8), (Conv(4, 3), Classifier(5)), name="small")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "stand in")


@pytest.fixture
def engine(stand_in: StandIn) -> Android:
    home = stand_in.home
    return Android(str(home / "benchmark_model"), threads=1, adb=str(home / "adb"), folder=str(home / "data" / "nas"))


def measured_ms(engine: Android, network: NetworkSpec = NETWORK) -> float:
    return engine.prepare(network.build().eval(), network.input)()


def expected_ms(engine: Android, network: NetworkSpec = NETWORK) -> float:
    content, _ = engine.file(network.build().eval(), network.input, "piece")
    return (1000 + len(content)) / 1000


@pytest.mark.parametrize("check", [check for check in CHECKS if check is not its_times_are_milliseconds])
def test_it_keeps_the_contract_of_engines_but_for_the_clock_which_is_made_up(
    check: Callable[[Android], None], engine: Android
) -> None:
    check(engine)


def test_the_time_of_a_run_is_the_median_of_the_timed_runs(engine: Android) -> None:
    assert measured_ms(engine) == pytest.approx(expected_ms(engine))


def test_int8_runs_a_smaller_file(engine: Android) -> None:
    pytest.importorskip("ai_edge_quantizer")
    network = NetworkSpec(Shape(16, 8, 8), (Conv(64, 3), Conv(64, 3)), name="two")
    eight = replace(engine, precision="int8")
    assert measured_ms(eight, network) == pytest.approx(expected_ms(eight, network), abs=0.1)
    assert expected_ms(eight, network) < 0.5 * expected_ms(engine, network)
    assert eight.about["precision"] == "int8"


def test_a_visit_runs_every_piece_once(engine: Android, stand_in: StandIn) -> None:
    runs = [engine.prepare(layer.build().eval(), layer.input) for layer in NETWORK.layers]
    times_ms = engine.visit(runs, 1000.0)
    assert len(times_ms) == len(stand_in.runs) == 2
    assert times_ms[0] != times_ms[1]


def test_the_binary_is_called_with_what_is_set(engine: Android, stand_in: StandIn) -> None:
    measured_ms(replace(engine, threads=4, runs=7, warm_up_runs=2, warm_up_s=0.5, cores="f0", gpu=True))
    (call,) = stand_in.runs
    for option in ("num_threads=4", "num_runs=7", "min_secs=0", "warmup_runs=2", "warmup_min_secs=0.5", "use_gpu=true"):
        assert f" --{option}" in call or f" '--{option}'" in call
    assert (stand_in.home / "cores").read_text() == "f0\n"


@pytest.mark.parametrize(
    ("precision", "gpu", "flags"),
    [
        ("fp32", False, []),
        ("fp16", False, ["xnnpack_force_fp16=true"]),
        ("fp32", True, ["use_gpu=true", "gpu_precision_loss_allowed=false"]),
        ("fp16", True, ["use_gpu=true", "gpu_precision_loss_allowed=true"]),
        ("int8", True, ["use_gpu=true", "gpu_precision_loss_allowed=false"]),
    ],
)
def test_the_phone_computes_with_the_bits_that_are_set(
    precision: PhonePrecision, gpu: bool, flags: list[str], engine: Android, stand_in: StandIn
) -> None:
    if precision == "int8":
        pytest.importorskip("ai_edge_quantizer")
    chosen = replace(engine, precision=precision, gpu=gpu)
    measured_ms(chosen)
    (call,) = stand_in.runs
    assert [flag.strip("'") for flag in call.split(" --") if "gpu" in flag or "fp16" in flag] == flags
    assert chosen.about["precision"] == precision
    assert chosen.about != engine.about or (precision, gpu) == ("fp32", False)


def test_a_file_that_is_on_the_phone_is_not_written_again(engine: Android, stand_in: StandIn) -> None:
    module = NETWORK.build().eval()
    first = engine.prepare(module, NETWORK.input)()
    pushed = [call for call in stand_in.calls if " push " in call]
    assert len(pushed) == 2  # the network and the binary
    again = replace(engine)
    assert again.prepare(module, NETWORK.input)() == first
    assert [call for call in stand_in.calls if " push " in call] == pushed
    written = sorted(path.name for path in (stand_in.home / "data" / "nas").iterdir())
    assert [name for name in written if not name.startswith("benchmark_model-")] == [
        sha256(engine.file(module, NETWORK.input, "piece")[0]).hexdigest()[:12] + ".tflite"
    ]


def test_its_facts_are_asked_once_and_do_not_have_the_serial_number(engine: Android, stand_in: StandIn) -> None:
    about = engine.about
    binary = sha256((stand_in.home / "benchmark_model").read_bytes()).hexdigest()
    assert (about["engine"], about["version"]) == ("android", binary[:12])
    assert about["device"] == "Maker Phone 8, Chip G3, Android 14"
    assert (about["threads"], about["cores"], about["gpu"], about["batch"]) == ("1", "any", "false", "1")
    asked = len(stand_in.calls)
    assert engine.about == about and len(stand_in.calls) == asked
    stand_in.write("phones", "B2\tdevice\n")
    assert replace(engine, serial="B2").about == about  # another phone of this model


@pytest.mark.parametrize(
    "other", [{"threads": 2}, {"cores": "f0"}, {"gpu": True}, {"runs": 5}, {"warm_up_runs": 1}, {"warm_up_s": 0.0}]
)
def test_what_a_time_depends_on_is_among_its_facts(other: dict[str, float | str], engine: Android) -> None:
    assert replace(engine, **other).about != engine.about  # type: ignore[arg-type]


def test_the_moment_is_how_warm_the_phone_is(engine: Android, stand_in: StandIn) -> None:
    assert engine.moment == {}  # it does not tell
    battery = "Current Battery Service state:\\n  AC powered: false\\n  level: 87\\n  temperature: 315\\n"
    said = f"case $1 in battery) printf '{battery}' ;; thermalservice) echo 'Thermal Status: 2' ;; esac"
    stand_in.script("bin/dumpsys", f"#!/bin/sh\n{said}\n")
    assert engine.moment == {"temperature": "31.5 C", "thermal_status": "2"}


def test_its_time_by_operation_has_the_kinds_of_litert(engine: Android) -> None:
    assert engine.breakdown(NETWORK) == {"linear": pytest.approx(0.6), "conv kxk": pytest.approx(0.4)}


def test_a_binary_that_tells_no_operators_is_named(engine: Android, stand_in: StandIn) -> None:
    stand_in.write("operators", "")
    with pytest.raises(ValueError, match=r"benchmark_model tells no time by operation: take a newer benchmark_model\."):
        engine.breakdown(NETWORK)


@pytest.mark.parametrize(
    ("phones", "serial", "said"),
    [
        ("", None, r"No phone is connected: plug one in, .*USB debugging"),
        ("", "A1", r"No phone is connected: "),
        ("A1\tunauthorized\n", None, r"A1 is connected, but unauthorized: .*accept the question .* on its screen\."),
        ("A1\toffline\n", None, r"A1 is connected, but offline: unplug it and plug it in again"),
        ("A1\tno permissions (no rule)\n", "A1", r"A1 is connected, but no permissions \(no rule\): "),
        ("A1\tdevice\nB2\tdevice\n", None, r"2 phones are connected, A1, B2: .* by hardware\.engine\.serial=A1\."),
        ("A1\tdevice\nB2\tdevice\n", "C3", r"C3 is not connected, but A1, B2: .* by hardware\.engine\.serial\."),
    ],
)
def test_a_phone_that_cannot_be_used_is_told_with_the_way_out(
    phones: str, serial: str | None, said: str, engine: Android, stand_in: StandIn
) -> None:
    stand_in.write("phones", phones)
    with pytest.raises(ValueError, match=said) as told:
        _ = replace(engine, serial=serial).about
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("phones", "serial"), [("A1\tunauthorized\nB2\tdevice\n", None), ("A1\tdevice\nB2\tdevice\n", "B2")]
)
def test_the_only_phone_that_is_ready_and_the_one_that_is_named_are_taken(
    phones: str, serial: str | None, engine: Android, stand_in: StandIn
) -> None:
    stand_in.write("phones", phones)
    measured_ms(replace(engine, serial=serial))
    assert stand_in.runs and all(call.startswith("-s B2 ") for call in stand_in.runs)


def test_without_adb_the_way_to_install_it_is_said(engine: Android) -> None:
    with pytest.raises(
        ValueError, match=r"adb is not installed \(none: .*\): install Android's platform tools, or name"
    ):
        _ = replace(engine, adb="none").about


def test_a_missing_binary_is_named_before_a_phone_is_needed(engine: Android, stand_in: StandIn) -> None:
    stand_in.write("phones", "")
    said = r"hardware\.engine\.binary=none cannot be read \(No such file .*\): .*android_aarch64_benchmark_model"
    with pytest.raises(ValueError, match=said):
        _ = replace(engine, binary="none").about


def test_a_phone_that_is_lost_says_that_what_was_measured_is_kept(engine: Android, stand_in: StandIn) -> None:
    run = engine.prepare(NETWORK.build().eval(), NETWORK.input)
    run()
    stand_in.write("left", "0")
    with pytest.raises(
        ValueError, match=r"A1 is not connected any more: what was measured is kept, .* plug it in again"
    ):
        run()
    with pytest.raises(ValueError, match=r"A1 is not connected any more"):
        run()  # it is still away


def test_a_phone_that_does_not_answer_is_given_up(engine: Android, stand_in: StandIn) -> None:
    stand_in.script("benchmark_model", "#!/bin/sh\nexec sleep 60\n")
    said = r"did not answer within 3 s: what was measured is kept, .* a larger hardware\.engine\.timeout_s\."
    with pytest.raises(ValueError, match=said):
        measured_ms(replace(engine, timeout_s=3.0))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "echo Failed to load model >&2; exit 1",
            r"no time on the phone, .* is 'Failed to load model'",
        ),
        ("exit 139", r"its last line is 'nothing'"),
        (f"echo {'x' * 200}", rf"its last line is '{'x' * 80}': what was measured is kept"),
        (
            "echo 'sh: b: not executable: 32-bit ELF file'; exit 126",
            r"does not run .* \(sh: b: not executable",
        ),
        ("echo 'sh: b: Exec format error'; exit 126", r"does not run .*: take the one for its processor"),
        ("echo 'Inference timings in us: Init: 1, Inference (avg): nan'", r"tells no time on the phone"),
        ("echo 'INFO: count=5 first=9 curr=9 min=8 max=9 avg=8.5 std=1 p5=8 median=9 p95=9'", r"tells no time"),
    ],
)
def test_a_report_without_a_time_is_told_by_its_last_line(
    lines: str, said: str, engine: Android, stand_in: StandIn
) -> None:
    stand_in.script("benchmark_model", f"#!/bin/sh\n{lines}\n")
    with pytest.raises(ValueError, match=said) as told:
        measured_ms(engine)
    assert "\n" not in str(told.value) and str(told.value).endswith(".")


def test_a_full_storage_is_told_and_no_part_of_a_file_is_taken_for_the_whole(
    engine: Android, stand_in: StandIn
) -> None:
    stand_in.write("refused", "couldn't write: No space left on device")
    with pytest.raises(ValueError, match=r"storage of the phone A1 is full: make room, .* adb shell rm -r "):
        measured_ms(engine)
    stand_in.write("refused", "")
    assert measured_ms(engine) == pytest.approx(expected_ms(engine))


def test_a_folder_that_cannot_be_written_is_named(engine: Android, stand_in: StandIn) -> None:
    stand_in.write("refused", "couldn't create file: Read-only file system")
    with pytest.raises(ValueError, match=r"cannot be written \(Read-only file system\): set hardware\.engine\.folder"):
        measured_ms(engine)


def test_a_time_of_the_cpu_is_not_taken_for_one_of_the_gpu(engine: Android, stand_in: StandIn) -> None:
    text = (stand_in.home / "benchmark_model").read_text()
    line = "echo 'Though GPU delegate is explicitly applied, the model graph will not be executed by the delegate.'"
    stand_in.script("benchmark_model", f"{text}\n{line}\n")
    with pytest.raises(ValueError, match=r"GPU does not compute this network, .*: set hardware\.engine\.gpu=false\."):
        measured_ms(replace(engine, gpu=True))
    assert measured_ms(engine) > 0


def test_cores_that_are_no_mask_are_refused() -> None:
    for cores in ("4-7", "g", "0", "0x0f"):
        with pytest.raises(ValueError, match=r"Android: cores must be a hexadecimal mask such as f0, not"):
            Android("benchmark_model", threads=1, cores=cores)


@pytest.fixture
def space() -> LayerwiseSpace:
    first, last = tuple(MBConv(8, 3, expanded=width) for width in (4, 12)), tuple(Conv(6, kernel) for kernel in (1, 3))
    return LayerwiseSpace("tiny", Shape(3, 8, 8), ((Conv(4, 3),), first, last, (Classifier(5),)))


@pytest.fixture
def hardware(engine: Android, tmp_path: Path) -> MeasuredHardware:
    return MeasuredHardware(engine, Timing(3, 1.0, 10), 2, 2, str(tmp_path / "cache"))


def test_the_rows_of_a_profile_are_the_times_that_the_files_take(
    space: LayerwiseSpace, hardware: MeasuredHardware, engine: Android, tmp_path: Path
) -> None:
    table = hardware.profile(space).table
    for key, layer in layers_of(space).items():
        assert table.rows[key] == pytest.approx(expected_ms(engine, NetworkSpec(layer.input, (layer.op,))), rel=1e-6)
    assert table.about["device"] == "Maker Phone 8, Chip G3, Android 14"
    table.save(tmp_path / "latency.csv")
    assert TableHardware(str(tmp_path / "latency.csv")).profile(space).table.rows == table.rows


def test_a_profile_whose_phone_was_lost_goes_on_where_it_was(
    space: LayerwiseSpace, hardware: MeasuredHardware, stand_in: StandIn, tmp_path: Path
) -> None:
    undisturbed = replace(hardware, cache=str(tmp_path / "other")).profile(space)
    all_runs = len(stand_in.runs)
    stand_in.write("left", str(all_runs // 2))
    with pytest.raises(ValueError, match="A1 is not connected any more: what was measured is kept"):
        hardware.profile(space)
    (journal,) = Path(hardware.cache).glob("*.visits")
    kept = sum(len(visit.split()) for visit in journal.read_text().splitlines()[1:])
    assert 0 < kept <= all_runs // 2
    stand_in.write("left", "")
    stand_in.write("phones", "A1\tdevice\n")
    before = len(stand_in.runs)
    assert replace(hardware, engine=replace(hardware.engine)).profile(space).table.rows == undisturbed.table.rows
    assert len(stand_in.runs) - before == all_runs - kept


def test_conf_names_every_setting_that_it_needs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"hardware\.engine\.binary"):
        composed("hardware=android")
    hardware = composed("hardware=android", "hardware.engine.binary=b", "hardware.engine.cores=f0").hardware.at_hand
    assert hardware is not None
    assert hardware.engine == Android("b", threads=1, cores="f0")
    assert (hardware.timing.rounds, hardware.timing.rest_s) == (10, 20)
