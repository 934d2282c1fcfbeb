"""The RNN controller that MnasNet takes from NASNet (Sec. 4.2): a distribution over the architectures of a space."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

ABSENT = -1e9
"""The logit of an option that a decision does not have: its probability is 0, and its entropy has a gradient."""


class Controller(nn.Module):
    r"""A one-layer LSTM that chooses an option for one decision after another.

    .. math:: P(a_{1:T}; \theta) = \prod_t P(a_t \mid a_{1:t-1}; \theta)

    Each decision has its own embedding of its options and its own softmax. Both are one tensor with a row for each
    decision, as wide as the largest number of options; options that a decision does not have get probability 0. The
    embedding of a decision's option is the input of the next decision. The input of the first decision is learned.

    Args:
        options: the number of options of each decision
        hidden: units of the LSTM, and width of the embeddings
        generator: draws the initial weights, uniform in [-0.1, 0.1] as in NASNet
    """

    fits: Tensor

    def __init__(self, options: Sequence[int], hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        widest = max(options)
        self.start = nn.Parameter(torch.empty(hidden))
        self.embedding = nn.Parameter(torch.empty(len(options), widest, hidden))
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, device="meta").to_empty(device="cpu")
        self.weight = nn.Parameter(torch.empty(len(options), widest, hidden))
        self.bias = nn.Parameter(torch.empty(len(options), widest))
        self.register_buffer("fits", torch.arange(widest) < torch.tensor(options)[:, None])
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.1, 0.1, generator)

    def forward(self, architectures: Tensor) -> Tensor:
        """Returns log-probabilities of every option, given the architecture's options of the decisions before it.

        Args:
            architectures: ``(N, decisions)``

        Returns:
            ``(N, decisions, widest)``; ``ABSENT`` and less beyond a decision's options
        """
        decisions = torch.arange(architectures.shape[1] - 1)
        start = self.start.expand(len(architectures), 1, -1)
        hidden, _ = self.lstm(torch.cat([start, self.embedding[decisions, architectures[:, :-1]]], dim=1))
        return self._log_probabilities(torch.einsum("ndh,doh->ndo", hidden, self.weight) + self.bias, self.fits)

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draws independent architectures, ``(count, decisions)``."""
        drawn: list[Tensor] = []
        tokens, state = self.start.expand(count, -1), None
        for weight, bias, fits, embedding in zip(self.weight, self.bias, self.fits, self.embedding, strict=True):
            hidden, state = self.lstm(tokens[:, None], state)
            log_p = self._log_probabilities(hidden[:, 0] @ weight.T + bias, fits)
            drawn.append(torch.multinomial(log_p.exp(), 1, generator=generator)[:, 0])
            tokens = embedding[drawn[-1]]
        return torch.stack(drawn, dim=1)

    def _log_probabilities(self, logits: Tensor, fits: Tensor) -> Tensor:
        return logits.masked_fill(~fits, ABSENT).log_softmax(dim=-1)
