from . import datasets as datasets
from .errors import ClusterstatsError as ClusterstatsError
from .errors import ClusterstatsWarning as ClusterstatsWarning
from .tables import cells as cells
from .tables import establishments as establishments
from .tables import sum_cells as sum_cells
