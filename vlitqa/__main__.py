"""`python -m vlitqa` is `vlitqa`, and runs no module that lies beside the data."""

import os  # and no pathlib: it is not loaded yet, and could be a file of the working folder
import sys

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
if not sys.flags.safe_path and sys.path[0] == os.getcwd() != _HOME:  # noqa: PTH109
    del sys.path[0]  # python -m looks there first: a json.py or torch.py of a download would be run

from vlitqa.cli import main  # noqa: E402 - only now it is certain whose modules are imported

if __name__ == "__main__":
    main()
