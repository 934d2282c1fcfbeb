"""The section that shows the chosen networks layer by layer."""

from mobilenas.report.ladder import ladder
from mobilenas.report.result import RunResult

WORDS = (
    "Each list shows a network from the image down to the classes. E is the expansion ratio, K is the kernel, and SE "
    "is squeeze-and-excitation, also shown by a dark edge. A line shows where the map shrinks. A wider block has more "
    "channels, on a logarithmic scale; a stronger colour means a larger expansion ratio."
)
KERNEL_KEY = "".join(f'<li><span class="block k{kernel}"></span>K{kernel}</li>' for kernel in (1, 3, 5, 7))


def layers_section(result: RunResult) -> str:
    """Returns HTML, or an empty text if there is no network."""
    if not result.networks:
        return ""
    words = WORDS
    if result.table and any(one.predicted_ms is not None for one in result.networks):
        words += " The bars at the right are milliseconds of the predicted latency."
    if any(one.spec.head for one in result.networks):
        words += " The last block is the head. A dot marks each layer whose map the head reads."
    figures = "".join(ladder(network.spec, result.table) for network in result.networks)
    return f'<p>{words}</p><ul class="kernels">{KERNEL_KEY}</ul><div class="networks">{figures}</div>'
