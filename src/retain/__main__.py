"""`python -m retain` is the command `retain`."""

from retain.cli import main

if __name__ == "__main__":
    main()
