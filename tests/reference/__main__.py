"""Print the comparison of all reference files; exit 1 on any failure."""

import argparse
import sys
from pathlib import Path

from tests.reference.compare import compare_file


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference")
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--expected", type=Path, required=True)
    given = parser.parse_args()
    verdicts = [
        verdict
        for path in sorted(given.expected.glob("*.csv"))
        for verdict in compare_file(path, given.inputs)
    ]
    for v in verdicts:
        figures = f"{v.compared:>6} cells  {v.largest:9.2e}  " if v.compared else " " * 25
        print(f"{v.file:<28} {' '.join(v.pair):<70} {figures}{v.text}")
    failed = [v for v in verdicts if v.failed]
    print(f"{len(verdicts) - len(failed)} pairs passed or excluded, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
