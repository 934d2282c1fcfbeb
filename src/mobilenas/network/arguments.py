"""What the small commands have in common: arguments that change a network's size, and how they end."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mobilenas.files.paths import path_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width, set_classes, set_resolution

NETWORK_HELP = "a name in conf/network, or the path of a YAML file"
RUN_HELP = "a name in conf/network, the path of a YAML file, or the folder of a run or of one of its trained networks"
WEIGHTS_HELP = "a file, the folder of a run, published, timm:NAME or torchvision:NAME; by default those of the run"


def add_resolution(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--resolution", type=int, metavar="N", help="side of the image in pixels")


def add_photos(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say how photos become images of a network, and what its outputs mean."""
    share = "share of an image's shorter side that the network sees, from the middle: %(default)s"
    parser.add_argument("--center-share", type=float, metavar="S", default=1.0, help=share)
    normalization = "imagenet, inception, or six numbers with commas: three means, then three deviations, white is 1;"
    parser.add_argument("--normalization", metavar="N", help=f"{normalization} by default that of the weights")
    names = "a text file with the class of each output of the network, one a line, if the weights do not know them"
    parser.add_argument("--classes", type=path_of, metavar="FILE", help=names)


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Adds the options that ``at_size`` reads."""
    add_resolution(parser)
    parser.add_argument("--width", type=float, metavar="W", help="multiplies all channels")
    parser.add_argument("--classes", type=int, metavar="N", help="number of outputs of the last layer")


def at_size(network: NetworkSpec, options: argparse.Namespace) -> NetworkSpec:
    """Returns the network at the size that the options name; raises ValueError if it cannot have it."""
    if options.resolution is not None:
        network = set_resolution(network, options.resolution)
    if options.width is not None:
        network = scale_width(network, options.width)
    return network if options.classes is None else set_classes(network, options.classes)


@contextmanager
def one_sentence(parser: argparse.ArgumentParser) -> Iterator[None]:
    """Ends the command with one sentence and status 2 at a user's error, unless MOBILENAS_TRACEBACK is set."""
    try:
        yield
    except KeyboardInterrupt:
        parser.exit(130, f"{parser.prog}: stopped.\n")  # as shells say it of SIGINT
    except BrokenPipeError:  # as in mobilenas-measure ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        parser.exit(1)
    except (ValueError, FloatingPointError, OSError) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        parser.exit(2, f"{' '.join(str(error).split())}\n")
