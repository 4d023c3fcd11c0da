"""``python -m clusterstats``."""

from clusterstats.cli import main

if __name__ == "__main__":
    main()
