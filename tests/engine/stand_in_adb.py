"""A stand-in for adb, and for the phone behind it, whose times are known: they follow from the size of the file.

The phone's shell is this machine's, with commands of a phone before its own, so that what is pushed, made executable
and run is really pushed, made executable and run.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ADB = """#!{python} -SE
import os, sys

HOME = {home!r}


def text(name):
    with open(HOME + "/" + name) as file:
        return file.read()


def write(name, content, mode="w"):
    with open(HOME + "/" + name, mode) as file:
        file.write(content)


arguments, serial = sys.argv[1:], None
write("calls", " ".join(arguments) + chr(10), "a")
if not os.path.exists(HOME + "/daemon"):
    write("daemon", "")
    print("* daemon not running; starting now at tcp:5037\\n* daemon started successfully", file=sys.stderr)
phones = dict(line.split(chr(9)) for line in text("phones").splitlines())
if arguments == ["devices"]:
    print("List of devices attached")
    for one, state in phones.items():
        print(one + chr(9) + state)
    print()
    sys.exit()
if arguments[0] == "-s":
    serial, arguments = arguments[1], arguments[2:]
elif len(phones) > 1:
    sys.exit("error: more than one device/emulator")
else:
    serial = next(iter(phones), None)
if serial is None:
    sys.exit("error: no devices/emulators found")
if serial not in phones:
    sys.exit("error: device '" + serial + "' not found")
if phones[serial] == "unauthorized":
    sys.exit("error: device unauthorized.\\nThis adb server's $ADB_VENDOR_KEYS is not set")
if phones[serial] != "device":
    sys.exit("error: device " + phones[serial])
if arguments[0] == "push":
    local, remote = arguments[1:]
    if refused := text("refused"):
        said = "adb: error: failed to copy '" + local + "' to '" + remote + "': remote " + refused
        sys.exit(local + ": 1 file pushed, 0 skipped. 20.9 MB/s (4096 bytes in 0.000s)\\n" + said)
    with open(local, "rb") as file, open(remote, "wb") as copy:
        copy.write(file.read())
    print(local + ": 1 file pushed, 0 skipped. 20.9 MB/s (4096 bytes in 0.000s)")
elif arguments[0] == "shell":
    command = " ".join(arguments[1:])
    if "--graph=" in command and (left := text("left")):
        if left == "0":  # the cable is pulled out while the binary runs
            write("phones", "")
            print("INFO: STARTING!", flush=True)
            sys.exit(255)
        write("left", str(int(left) - 1))
    os.environ["PATH"] = HOME + "/bin:" + os.environ["PATH"]
    os.execv("/bin/sh", ["sh", "-c", command])
"""

BENCHMARK = """#!/bin/sh
for option in "$@"; do
    case $option in
        --graph=*) graph=${option#--graph=} ;;
        --num_runs=*) runs=${option#--num_runs=} ;;
        --warmup_runs=*) warm_up=${option#--warmup_runs=} ;;
        --enable_op_profiling=true) profiled=1 ;;
        --num_threads=*|--min_secs=0|--warmup_min_secs=*) ;;
        --use_gpu=true|--gpu_precision_loss_allowed=*|--xnnpack_force_fp16=true) ;;
        *) echo "Unconsumed cmdline flags: $option"; exit 1 ;;
    esac
done
size=$(wc -c < "$graph") || exit 1
us=$((CONSTANT + size))
echo "INFO: STARTING!"
echo "INFO: Graph: [$graph]"
echo "INFO: count=$warm_up first=$((us * 3)) curr=$us min=$us max=$((us * 3)) avg=$((us * 2)).5 std=9 \
p5=$us median=$((us * 2)) p95=$((us * 3))" >&2
echo >&2
echo "INFO: count=$runs first=$us curr=$us min=$us max=$((us * 9)) avg=$((us + 70)).5 std=9 \
p5=$us median=$us p95=$((us * 9))" >&2
echo >&2
echo "INFO: Inference timings in us: Init: 5685, First inference: $((us * 3)), Warmup (avg): $((us * 2)).5,\
 Inference (avg): $((us + 70)).5" >&2
if [ "$profiled" ]; then cat "HOME/operators"; fi
"""

PHONE = {
    "ro.product.manufacturer": "Maker", "ro.product.model": "Phone 8", "ro.soc.model": "Chip G3",
    "ro.board.platform": "board", "ro.build.version.release": "14",
}  # fmt: skip

OPERATORS = """INFO: Operator-wise Profiling Info for Regular Benchmark Runs:
============================== Run Order ==============================
\t [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]
\tConvolution (NHWC, F32) IGEMM\t 0.402\t 0.400\t 40%\t 40%\t 0.0\t 1\tDelegate/Convolution (NHWC, F32) IGEMM:0
\tFully Connected (NC, F32) GEMM\t 0.602\t 0.6\t 60%\t 100%\t 0.0\t 1\tDelegate/Fully Connected (NC, F32) GEMM:1

"""


@dataclass(frozen=True)
class StandIn:
    """A stand-in for adb with one phone, ``A1``, whose facts and faults a test writes into files.

    Args:
        home: its folder; ``adb`` and ``benchmark_model`` are in it, and ``data`` is the phone's storage
        constant_us: a forward pass takes these microseconds and one more for each byte of the file
    """

    home: Path
    constant_us: int = 1000

    def __post_init__(self) -> None:
        (self.home / "bin").mkdir(parents=True)
        self.script("adb", ADB.format(python=sys.executable, home=str(self.home)))
        benchmark = BENCHMARK.replace("CONSTANT", str(self.constant_us)).replace("HOME", str(self.home))
        self.script("benchmark_model", benchmark)
        lines = (f"{name}) echo '{value}' ;;" for name, value in PHONE.items())
        self.script("bin/getprop", "#!/bin/sh\ncase $1 in\n" + "\n".join(lines) + "\n*) echo ;;\nesac\n")
        self.script("bin/dumpsys", '#!/bin/sh\necho "Can\'t find service: $1"\n')
        self.script("bin/taskset", f'#!/bin/sh\necho "$1" > "{self.home}/cores"\nshift\nexec "$@"\n')
        files = {"phones": "A1\tdevice\n", "calls": "", "refused": "", "left": "", "operators": OPERATORS}
        for name, content in files.items():
            self.write(name, content)

    def script(self, name: str, content: str) -> None:
        (self.home / name).write_text(content)
        os.chmod(self.home / name, 0o755)  # noqa: PTH101

    def write(self, name: str, content: str) -> None:
        (self.home / name).write_text(content)

    @property
    def calls(self) -> list[str]:
        """The arguments of all calls of adb, in order."""
        return (self.home / "calls").read_text().splitlines()

    @property
    def runs(self) -> list[str]:
        """The calls that ran the binary."""
        return [call for call in self.calls if "--graph=" in call]
