"""A network that ExecuTorch's runtime has loaded: its forward pass, and the times of its operations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from mobilenas.engine.export.executorch import without_messages
from mobilenas.engine.litert_profiler import OperatorTime

if TYPE_CHECKING:
    from torch import Tensor

OWN = "native_call_"  # begins the name of an operation that ExecuTorch computes with a kernel of its own


class LoadedNetwork:
    """A network that ExecuTorch has loaded.

    Args:
        model: the content of its file, from which it reads as long as it exists
        threads: number of threads
        profiled: whether the time of each operation is kept

    Raises:
        ValueError: networks with another number of threads exist
    """

    def __init__(self, model: bytes, threads: int, profiled: bool = False) -> None:
        with without_messages():
            from executorch.extension.pybindings import portable_lib

            if portable_lib._threadpool_get_thread_count() != threads:
                if _loaded():  # they would use a pool that is no longer there
                    raise ValueError(
                        f"ExecuTorch has one pool of threads, which loaded networks use: run threads={threads} in a"
                        " program of its own."
                    )
                portable_lib._unsafe_reset_threadpool(threads)
            self._module: Any = portable_lib._load_for_executorch_from_buffer(model, enable_etdump=profiled)
        self._model = model
        _loaded().add(self)

    def forward(self, images: Tensor) -> Any:
        """Returns the output, whose memory belongs to this network: the next forward pass overwrites it."""
        return self._module.forward((images,), clone_outputs=False)[0]

    def passes(self) -> list[list[OperatorTime]]:
        """Returns the times of all operations in each forward pass; nothing if the package has no profiler."""
        if not self._module.has_etdump():
            return []
        with without_messages(), TemporaryDirectory() as folder:
            from executorch.devtools import Inspector

            path = str(Path(folder) / "times.etdp")
            self._module.write_etdump_result_to_file(path)
            blocks = Inspector(etdump_path=path).event_blocks
        events = [one for block in blocks if block.name == "Execute" for one in block.events]
        found = [(one.name, one.perf_data.raw) for one in events if one.is_delegated_op or one.name.startswith(OWN)]
        times = [[(name.removeprefix(OWN), ms) for ms in took] for name, took in found]
        return [
            [OperatorTime(name, number, ms) for number, (name, ms) in enumerate(one)]
            for one in zip(*times, strict=True)
        ]


@cache
def _loaded() -> WeakSet[LoadedNetwork]:
    """The networks that exist, whose threads are those of ExecuTorch's pool."""
    return WeakSet()
