"""The notebooks that come with the package, run without anybody at the keyboard."""

from outcomes.lab.books import Notebook, find, notebooks
from outcomes.lab.running import Ran, run

__all__ = ["Notebook", "Ran", "find", "notebooks", "run"]
