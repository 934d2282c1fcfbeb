from .suite import KINDS as KINDS
from .suite import Broken as Broken
from .suite import Check as Check
from .suite import cases as cases
from .suite import checks_of as checks_of
from .suite import expect as expect
