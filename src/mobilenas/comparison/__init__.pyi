from .figures import Reference as Reference
from .writing import compare as compare
from .writing import compare_folders as compare_folders
from .writing import write_comparison as write_comparison
