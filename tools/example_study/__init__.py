"""The example study of data/example: simulated, raw, with every kind of fault planted and listed."""

from example_study.files import example_files, write_example

__all__ = ["example_files", "write_example"]
