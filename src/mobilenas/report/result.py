"""The result of a run as plain values, from which its page, pictures and tables are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

from mobilenas.evaluation import Evaluation
from mobilenas.hardware import LatencyTable, Validation
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Size
from mobilenas.search_space import SearchSpace
from mobilenas.stages.quantize_record import QuantizedFile
from mobilenas.stages.ranking_record import RankingRecord

ChosenBy = Literal["spread", "reward", "accuracy", "hand"]
"""How networks were chosen: at equal distances along the front, by either figure, or by the command's architecture."""


@dataclass(frozen=True)
class NetworkResult:
    """A chosen network; figures that the run does not know are None or empty.

    Args:
        spec: its description; all names in a run are different
        evaluation: the evaluation by the search
        predicted_ms: latency predicted by the table
        predicted_rmse_ms: root mean square error of such predictions
        measured_ms: latency measured on the device, as a whole network
        measured_std_ms: standard deviation of repeated measurements
        test_accuracy: accuracy after its training, on the test split
        test_second: the other score that the task names, after this training; None where there is none
        test_others: all other scores after this training, by name
        test_by_class: the score of each class, by name
        predictions: drawn predictions on test images, the worst one first: what stands under each, and its JPEG
        onnx_error: largest absolute difference between the exported network's outputs and torch's
        kinds_ms: milliseconds of one forward pass by kind of operation
        files: its files with 32 and with 8 bits, of each runtime, if they were asked for
    """

    spec: NetworkSpec
    evaluation: Evaluation | None = None
    predicted_ms: float | None = None
    predicted_rmse_ms: float | None = None
    measured_ms: float | None = None
    measured_std_ms: float | None = None
    test_accuracy: float | None = None
    test_second: float | None = None
    test_others: Mapping[str, float | None] = field(default_factory=dict)
    test_by_class: Mapping[str, float | None] = field(default_factory=dict)
    predictions: tuple[tuple[str, bytes], ...] = ()
    onnx_error: float | None = None
    kinds_ms: Mapping[str, float] = field(default_factory=dict)
    files: tuple[QuantizedFile, ...] = ()

    @property
    def name(self) -> str:
        return self.spec.name


@dataclass(frozen=True)
class BaselineResult:
    """A published network at one width, beside which the search's front is judged.

    Args:
        name: its name, with its width if that is not 1
        latency_ms: its latency, measured on the run's device
        latency_std_ms: standard deviation of repeated measurements; None if it was measured once
        test_accuracy: its accuracy on the split ``test`` after the run's training; None if it was not trained
        params: its trainable parameters
        macs: its multiply-adds
    """

    name: str
    latency_ms: float
    latency_std_ms: float | None
    test_accuracy: float | None
    params: int
    macs: int

    @property
    def network(self) -> str:
        """The name of the published network, without the width."""
        return re.sub(r"-\d+(\.\d+)?$", "", self.name)


@dataclass(frozen=True)
class StageEffort:
    """What a stage has cost.

    Args:
        stage: its name
        seconds: the time of all attempts that were not killed, also if another run made it; None if it is not known
        evaluations: number of architectures that it has evaluated
    """

    stage: str
    seconds: float | None
    evaluations: int = 0


@dataclass(frozen=True)
class ImageFormat:
    """The format of the images that an exported network expects, and the meaning of its outputs.

    Args:
        size: height and width in pixels
        mean: mean of each channel, with white as 1
        std: standard deviation of each channel
        classes: names of the classes, in the order of the outputs
        center_share: share of the shorter side that the network sees
    """

    size: Size
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    center_share: float = 1.0


@dataclass(frozen=True)
class RunResult:
    """A whole run.

    Args:
        title: title of the page
        networks: the chosen networks, by rising latency
        images: the format of the images that the networks were trained on
        evaluations: all evaluations of the search, without failures
        front: the non-dominated evaluations
        validation: the error of the latency table
        slowness: how slow the device was in each visit while the table was measured
        test_images: number of images in the test split
        score_name: the name of the score that accuracy is
        second_name: the name of the other score that the task names
        seen_images: number of these that have trained what the networks begin with
        seen_in_search: number of images of the split search that have trained what the search's scores begin with
        search_images: number of images in the split search
        unmeasured: the reason why the networks' latency was not measured; empty if it was
        history: expected and derived latency in milliseconds after each epoch of a search by gradients
        ranking: how well the supernet's scores rank networks that were trained alone, if it was measured
        target_ms: the target latency of the search or of NetAdapt
        adapted: whether NetAdapt made the networks; the front then has its steps
        chosen_by: how the networks were chosen from the evaluations
        images_a_run: number of images in one forward pass on the device; latency is the time of all of them together
        int8_instructions: this processor's instructions for products of 8 bits; empty if networks have no such files
        slowdown: ratio of the device's time then to its time for the table; the latencies are corrected for it
        latency_facts: facts about the latency table, by name
        facts: facts about the making of the run, by name
        settings: all settings, as YAML
        baselines: published networks on the same device, by rising latency
        space: the space of the evaluated architectures
        table: the latency table of the device
        command: the arguments of the command line that makes this run; None if a program made it
        probabilities: the probabilities of the options of each decision after each epoch of a search by gradients
        rounds: number of evaluations by the end of each round of the search; empty if it is not known
        costs: what each stage has cost, in their order
    """

    title: str
    networks: tuple[NetworkResult, ...]
    images: ImageFormat
    evaluations: tuple[Evaluation, ...] = ()
    front: tuple[Evaluation, ...] = ()
    validation: Validation | None = None
    slowness: tuple[float, ...] = ()
    test_images: int = 0
    score_name: str = "top-1"
    second_name: str = "top-5"
    seen_images: int = 0
    seen_in_search: int = 0
    search_images: int = 0
    unmeasured: str = ""
    history: tuple[tuple[float, float], ...] = ()
    ranking: RankingRecord | None = None
    target_ms: float | None = None
    adapted: bool = False
    chosen_by: ChosenBy = "spread"
    images_a_run: int = 1
    int8_instructions: str = ""
    slowdown: float | None = None
    latency_facts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""
    baselines: tuple[BaselineResult, ...] = ()
    space: SearchSpace | None = None
    table: LatencyTable | None = None
    command: tuple[str, ...] | None = None
    probabilities: tuple[tuple[tuple[float, ...], ...], ...] = ()
    rounds: tuple[int, ...] = ()
    costs: tuple[StageEffort, ...] = ()

    def test_error(self, accuracy: float | None) -> float | None:
        """Returns the standard error of an accuracy on this number of test images.

        It is None if one of them is not known, or if accuracy is no share of the images.
        """
        if accuracy is None or not self.test_images or self.score_name != "top-1":
            return None
        return sqrt(accuracy * (1 - accuracy) / self.test_images)
