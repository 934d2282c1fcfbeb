"""The exponential moving average of the weights, which is kept instead of them."""

from functools import partial

from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor


class MovingAverage(WeightAveraging):
    """Averages the weights and the statistics of batch norms over the steps of a training.

    Args:
        decay: the decay of the average
    """

    def __init__(self, decay: float) -> None:
        super().__init__(use_buffers=True, avg_fn=partial(moved, decay))

    @property
    def state(self) -> dict[str, Tensor]:
        """The state of the module with the averaged weights."""
        assert self._average_model is not None
        state: dict[str, Tensor] = self._average_model.module.state_dict()
        return state


def moved(decay: float, average: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
    r"""Returns the moving average after one more step; Lightning's function cannot be sent to other processes.

    .. math:: \bar w_{n+1} = \bar w_n + (1 - d_n) (w_{n+1} - \bar w_n), \qquad d_n = \min(d, \frac{1 + n}{10 + n})

    The first steps have a smaller decay, as in TensorFlow's average with ``num_updates``, which MnasNet's public code
    uses: the average forgets the weights of the first step after tens of steps instead of thousands. What does not
    change is its own average to the last bit, which it would not be as a sum of two shares.

    Args:
        decay: :math:`d`
        average: :math:`\bar w_n`
        current: :math:`w_{n+1}`
        count: :math:`n`, the number of steps in the average
    """
    decay = min(decay, (1 + int(count)) / (10 + int(count)))
    return average + (1 - decay) * (current - average)
