"""``python -m wcheck``: the same as ``wcheck``."""

from wcheck.cli.app import main

if __name__ == "__main__":
    main()
