"""What a run found, as plain values: all that its page, pictures and tables are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from mobilenas.evaluation import Evaluation
from mobilenas.hardware import Validation
from mobilenas.network.spec import NetworkSpec


@dataclass(frozen=True)
class NetworkResult:
    """A chosen network; what the run did not find out is None, or empty.

    Args:
        spec: its description; names are different in one run
        evaluation: what the search said of it
        predicted_ms: latency by the table
        predicted_rmse_ms: root mean square error of such predictions
        measured_ms: latency on the device, run as a whole
        measured_std_ms: its standard deviation when the measurement is repeated
        test_top1: accuracy after training from scratch, on the test split
        onnx_error: largest absolute difference between the exported network's outputs and torch's
        kinds_ms: milliseconds of one run by kind of operation
    """

    spec: NetworkSpec
    evaluation: Evaluation | None = None
    predicted_ms: float | None = None
    predicted_rmse_ms: float | None = None
    measured_ms: float | None = None
    measured_std_ms: float | None = None
    test_top1: float | None = None
    onnx_error: float | None = None
    kinds_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.spec.name


@dataclass(frozen=True)
class ImageFormat:
    """What an exported network expects of its images, and what its outputs mean.

    Args:
        resolution: height and width in pixels
        mean: of each channel, with white as 1
        std: of each channel
        classes: names, in the order of the outputs
        center_share: share of the shorter side that the network sees
    """

    resolution: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    center_share: float = 1.0


@dataclass(frozen=True)
class RunResult:
    """A whole run.

    Args:
        title: of the page
        networks: the chosen ones, by rising latency
        images: what the networks were trained on
        evaluations: all that the search evaluated, without failures
        front: those of them that no other one beats
        validation: how far the latency table can be trusted
        test_images: number of images in the test split
        unmeasured: why the networks' latency was not measured, where it was not
        history: expected and derived latency in milliseconds after each epoch of a search by gradients
        target_ms: the latency that such a search was given to aim at
        adapted: NetAdapt was given this latency to reach, and the front holds its steps
        by_reward: networks are those of the highest reward, not some along the front
        images_a_run: images of one run of the device; latency is the time of all of them
        slowdown: how many times as long the device took then as for the table; the latencies are without it
        facts: what the run was made with, by name
        settings: all of them, as YAML
    """

    title: str
    networks: tuple[NetworkResult, ...]
    images: ImageFormat
    evaluations: tuple[Evaluation, ...] = ()
    front: tuple[Evaluation, ...] = ()
    validation: Validation | None = None
    test_images: int = 0
    unmeasured: str = ""
    history: tuple[tuple[float, float], ...] = ()
    target_ms: float | None = None
    adapted: bool = False
    by_reward: bool = False
    images_a_run: int = 1
    slowdown: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""

    def test_error(self, top1: float) -> float | None:
        """Standard error of an accuracy that so many test images were counted for."""
        return sqrt(top1 * (1 - top1) / self.test_images) if self.test_images else None
