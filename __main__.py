"""`stepload`, `python -m stepload` and, from a clone, `python .`: the same command line."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line."""
    folder = str(Path(__file__).resolve().parent)
    if folder not in sys.path[:1]:
        sys.path.insert(0, folder)
    from load.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
