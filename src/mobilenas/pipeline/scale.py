"""The size of a run, which ``conf/scale`` sets, and which the other groups refer to."""

from mobilenas.files.names import check_name
from mobilenas.method import Init
from mobilenas.settings import (
    BatchSize,
    Count,
    Factor,
    Fraction,
    NonNegative,
    Positive,
    Share,
    Side,
    Threads,
    WidthFactor,
    settings,
)
from mobilenas.training.recipe import Schedule


@settings
class Scale:
    """Sizes by name; if a size is null or left out, the group that refers to it decides.

    Args:
        name: name of the scale, which is a part of the run's folder
        width: multiplies all channels of a network
        hidden: multiplies the hidden layer after the pooling
        unstrided: this number of layers, the first ones with stride 2, get stride 1
    """

    name: str
    width: WidthFactor
    hidden: WidthFactor
    unstrided: Count
    stages: Positive | None = None
    blocks: Positive | None = None
    threads: Threads | None = None
    rounds: Positive | None = None
    visit_ms: Factor | None = None
    measured_networks: Positive | None = None
    tree_blocks: Positive | None = None
    tree_channels: Positive | None = None
    architecture_lr: Factor | None = None
    weight_steps: Positive | None = None
    latency_weight: NonNegative | None = None
    latency_weight_lr: Factor | None = None
    target_ms: Factor | None = None
    unit_ms: Factor | None = None
    population: Positive | None = None
    generations: Positive | None = None
    samples: Positive | None = None
    evolution_population: Positive | None = None
    evolution_sample: Positive | None = None
    trials: Positive | None = None
    trial_batch: Positive | None = None
    proxy_epochs: Positive | None = None
    proxy_warmup_epochs: Count | None = None
    choose: Positive | None = None
    divisor: Positive | None = None
    delta: Factor | None = None
    fine_tune_steps: Positive | None = None
    shared_lr: Factor | None = None
    fair_epochs: Positive | None = None
    gumbel_epochs: Positive | None = None
    gumbel_lr: Factor | None = None
    path_epochs: Positive | None = None
    epochs: Positive | None = None
    batch_size: Positive | None = None
    warmup_epochs: NonNegative | None = None
    schedule: Schedule | None = None
    ema_decay: Share | None = None
    least_steps: Count | None = None
    rmsprop_lr: Factor | None = None
    sgd_lr: Factor | None = None
    init: Init | None = None
    classes: Positive | None = None
    calibration_images: Positive | None = None
    random_architectures: Positive | None = None
    eval_batch_size: BatchSize | None = None
    resolution: Side | None = None
    min_area: Fraction | None = None
    padding: Count | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
