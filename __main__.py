"""The entry of `stepload`, `python -m stepload` and `python .`: this folder is where the application's modules are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    """Run the command line."""
    from load.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
