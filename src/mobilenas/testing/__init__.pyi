from .suite import KINDS as KINDS
from .suite import Check as Check
from .suite import ContractError as ContractError
from .suite import cases as cases
from .suite import checks_of as checks_of
from .suite import expect as expect
