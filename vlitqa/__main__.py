"""`python -m vlitqa` is `vlitqa`."""

from vlitqa.cli import main

if __name__ == "__main__":
    main()
