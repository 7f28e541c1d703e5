"""Write data/example again: `make example`."""

from example_study.files import EXAMPLE, write_example

if __name__ == "__main__":
    for path in write_example(EXAMPLE):
        print(path)
