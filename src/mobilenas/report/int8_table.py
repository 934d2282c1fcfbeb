"""Shows trained networks with 32 and with 8 bits side by side (MobileNetV3, Table 4)."""

from collections.abc import Iterator, Sequence
from html import escape
from types import MappingProxyType

from mobilenas.quantization.worst import worst_layers
from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.table import MISSING
from mobilenas.report.units import in_percent, significant, with_error
from mobilenas.stages.quantize_record import QuantizedFile

NO_INSTRUCTIONS = "none"

FIGURES = (
    ("latency, ms", "one image, ± standard deviation"),
    ("size, MB", "of the file"),
    ("memory, MB", "the most that its process took"),
)

SAME = MappingProxyType(
    {
        "top-1": ("same class, %", "share of images, as fp32 of the same weights"),
        "mIoU": ("same class, %", "share of pixels, as fp32 of the same weights"),
        "mAP": ("same boxes, %", "share of likely boxes that fp32 of the same weights has too, among those of both"),
    }
)
"""The share of answers that are those of 32 bits, by the name of the score."""


def int8_section(result: RunResult) -> str:
    """Returns HTML, or an empty text if no network was written with 8 bits."""
    networks = [one for one in result.networks if one.files]
    if not networks:
        return ""
    columns = "".join(
        f'<th scope="col">{escape(title)}<small>{escape(note)}</small></th>' for title, note in _figures(result)
    )
    body = "".join(_line(file, result) for one in networks for file in one.files)
    table = f'<table><thead><tr><th scope="col">file</th>{columns}</tr></thead><tbody>{body}</tbody></table>'
    worst = "".join(f"<li>{escape(text)}</li>" for one in networks for text in _worst(one))
    times = "".join(_times(one) for one in networks)
    return (
        f"<p>{escape(_words(result))}</p>{table}"
        f"<details><summary>Layers with the least signal to noise</summary><ul>{worst}</ul></details>"
        f"<details><summary>Time by kind of operation</summary>{times}</details>"
    )


def _figures(result: RunResult) -> tuple[tuple[str, str], ...]:
    """Returns the titles of the columns, with their notes."""
    error = ", ± standard error" if result.score_name == "top-1" else ""
    return (f"{result.score_name}, %", f"split test{error}"), SAME[result.score_name], *FIGURES


def _words(result: RunResult) -> str:
    words = (
        "Each trained network was written with weights and maps of 8 bits (int8); training images gave the ranges. "
        "Accuracy, size and memory are those of the file on its runtime. Latency and time by kind of operation are "
        "those of the same network on the same runtime, with one thread of this machine's processor, and not corrected "
        "for its speed at that time."
    )
    if any(file.variant.endswith("-aware") for one in result.networks for file in one.files):
        words += (
            " The files whose names have aware are those of the network after a quantization-aware fine-tuning, which "
            "is more training for fp32 too."
        )
    if result.int8_instructions == NO_INSTRUCTIONS:
        words += (
            " This processor has no instructions for products of 8 bits, so that int8 may be slower here than fp32. The"
            " latency of int8 on this processor says nothing about phones."
        )
    return words


def _line(file: QuantizedFile, result: RunResult) -> str:
    figures = (
        in_percent(file.accuracy, result.test_error(file.accuracy)),
        in_percent(file.agreement),
        with_error(file.latency_ms, file.latency_std_ms),
        significant(file.size_mb),
        MISSING if file.peak_memory_mb is None else significant(file.peak_memory_mb),
    )
    titles = (title for title, _ in _figures(result))
    cells = "".join(f'<td data-title="{title}">{text}</td>' for title, text in zip(titles, figures, strict=True))
    note = f"<small>{escape(file.runtime)}, {escape(file.variant)}</small>"
    return f'<tr><th scope="row"><a href="{escape(file.file)}">{escape(file.file)}</a>{note}</th>{cells}</tr>'


def _worst(network: NetworkResult) -> Iterator[str]:
    for file in network.files:
        if file.noise_db:
            yield f"{file.file}: {worst_layers(file.noise_db, network.spec)}"


def _times(network: NetworkResult) -> str:
    """Returns milliseconds by kind of operation, which tell why 8 bits are faster or slower."""
    titles = "".join(
        f'<th scope="col">{escape(one.runtime)}<small>{escape(one.variant)}</small></th>' for one in network.files
    )
    kinds = dict.fromkeys(kind for one in network.files for kind in one.kinds_ms)
    body = "".join(_kind(kind, network.files) for kind in kinds)
    head = f'<thead><tr><th scope="col">{escape(network.name)}, ms</th>{titles}</tr></thead>'
    return f"<table>{head}<tbody>{body}</tbody></table>"


def _kind(kind: str, files: Sequence[QuantizedFile]) -> str:
    cells = "".join(
        f'<td data-title="{escape(f"{one.runtime}, {one.variant}")}">'
        f"{significant(one.kinds_ms[kind]) if kind in one.kinds_ms else MISSING}</td>"
        for one in files
    )
    return f'<tr><th scope="row">{escape(kind)}</th>{cells}</tr>'
