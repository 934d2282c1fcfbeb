from .loading import Pretrained as Pretrained
from .loading import pretrained as pretrained
from .matching import matched as matched
from .source import Source as Source
