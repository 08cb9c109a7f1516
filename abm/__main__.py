"""``python -m abm``: the same as the ``caravan`` command."""

from abm.cli import main

if __name__ == "__main__":
    main()
