"""Networks whose batch norms are random, so that a wrong order or a wrong fold of them shows."""

from torch import nn


def with_random_norms(network: nn.Module) -> nn.Module:
    """Gives all batch norms other weights, biases and statistics, from torch's generator; returns the network."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network
