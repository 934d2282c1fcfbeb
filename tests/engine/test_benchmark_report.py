"""What benchmark_model writes, in the forms of its versions since 2018."""

import pytest

from mobilenas.engine.benchmark_report import forward_pass_ms, operator_times

WARM_UP = "count=40 first=18535 curr=14000 min=13000 max=19000 avg=14462.3 std=99"
TIMED = "count=50 first=10123 curr=10100 min=10000 max=11000 avg=10150.2 std=42"
WHOLE = "Inference timings in us: Init: 5685, First inference: 18535, Warmup (avg): 14462.3, Inference (avg): 14575.2"


@pytest.mark.parametrize(
    ("lines", "ms"),
    [
        ((WHOLE,), 14.5752),
        ((f"INFO: {WARM_UP}", f"INFO: {TIMED}", WHOLE), 14.5752),
        ((f"INFO: {WARM_UP} median=13900 p95=3", f"INFO: {TIMED} p5=9 median=10140 p95=99", f"INFO: {WHOLE}"), 10.14),
        ((WARM_UP, "count=50 curr=10100(all same) p5=10100 median=10100 p95=10100", WHOLE), 10.1),
        ((WARM_UP, f"{TIMED} p5=0 median=0 p95=1", WHOLE.replace("14575.2", "0.4")), 4e-4),
        ((WHOLE.replace("14575.2", "1.00152e+06"),), 1001.52),
        ((f"{TIMED} median=9000", WHOLE, "Timings (microseconds): count=50 avg=7", "Memory (bytes): count=0"), 9),
        (("Average inference timings in us: Warmup: 83235, Init: 38467, Inference: 79760.9",), 79.7609),
    ],
)  # fmt: skip
def test_every_form_of_a_report_is_read(lines: tuple[str, ...], ms: float) -> None:
    assert forward_pass_ms("\n".join(("STARTING!", *lines, ""))) == pytest.approx(ms)


HEAD = "============================== Run Order ==============================\n"
COLUMNS = "\t [node type]\t  [first]\t [avg ms]\t     [%]\t  [cdf%]\t  [mem KB]\t[times called]\t[Name]\n"


def test_operators_of_an_older_report_are_read_with_its_further_column() -> None:
    columns = COLUMNS.replace("[first]", "[start]\t  [first]")
    rows = "\t CONV_2D\t 0.000\t 4.269\t 4.270\t 0.107%\t 0.107%\t 0.000\t 0\t[Net/Conv2d_0/Relu6]\n"
    rows += "\t DEPTHWISE_CONV_2D\t 4.270\t 2.150\t 2.150\t 0.054%\t 0.161%\t 0.000\t 0\t[Net/Conv2d_1/Relu6]\n"
    top = HEAD.replace("Run Order", "Top by Computation Time") + columns + rows
    found = operator_times(HEAD + columns + rows + "\n" + top + "\n31 nodes observed\n")
    assert [(one.tag, one.number, one.ms) for one in found] == [("CONV_2D", 0, 4.27), ("DEPTHWISE_CONV_2D", 1, 2.15)]


def test_operators_within_a_delegate_count_instead_of_the_delegate_and_not_those_of_the_initialization() -> None:
    begin = HEAD + COLUMNS + "\t AllocateTensors\t 9.0\t 9.0\t 100%\t 100%\t 0.0\t 1\tAllocateTensors/0\n\n"
    whole = HEAD + COLUMNS + "\t QUANTIZE\t 0.1\t 0.2\t 5%\t 5%\t 0.0\t 1\t[q]:0\n"
    whole += "\t TfLiteXNNPackDelegate\t 3.8\t 4.0\t 95%\t 100%\t 0.0\t 1\t[out]:64\n\n"
    inside = (
        HEAD
        + COLUMNS
        + "\t DelegateOpInvoke\t 3.7\t 3.8\t 9%\t 9%\t 0.0\t 1\tDelegate/Convolution (NHWC, F32) IGEMM:0\n\n"
    )
    report = f"Profiling Info for Benchmark Initialization:\n{begin}INFO: Operator-wise Profiling Info for Regular"
    report += f" Benchmark Runs:\n{whole}Timings (microseconds): count=50\n\n"
    alone = [(one.tag, one.ms) for one in operator_times(report)]
    assert alone == [("QUANTIZE", 0.2), ("TfLiteXNNPackDelegate", 4.0)]
    both = [(one.tag.partition(" ")[0], one.ms) for one in operator_times(f"{report}Delegate internal: \n{inside}")]
    assert both == [("QUANTIZE", 0.2), ("Convolution", 3.8)]


def test_an_operator_that_is_called_several_times_counts_as_often() -> None:
    row = "\tConvolution (NHWC, QC8) DWConv\t 0.4\t 0.05\t 4%\t 8%\t 0.0\t 13\tDelegate/Convolution (NHWC):1\n"
    (found,) = operator_times(HEAD + COLUMNS + row)
    assert found.ms == pytest.approx(0.65)


def test_a_report_without_a_table_has_no_operators() -> None:
    assert operator_times(WHOLE) == [] == operator_times("")
