from .gathering import Records as Records
from .gathering import gather as gather
from .result import BaselineResult as BaselineResult
from .result import ImageFormat as ImageFormat
from .result import NetworkResult as NetworkResult
from .result import RunResult as RunResult
from .stage import ReportStage as ReportStage
