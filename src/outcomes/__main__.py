"""`python -m outcomes` is the command line."""

from outcomes.cli import main

if __name__ == "__main__":
    main()
