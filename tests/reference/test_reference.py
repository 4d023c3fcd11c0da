"""Every translated pair of the reference files agrees."""

from pathlib import Path

from tests.reference.compare import compare_file
from tests.reference.translate import CALLS


def test_every_reference_pair_agrees_or_is_excluded_with_a_reason(reference_dir: Path) -> None:
    folder = reference_dir / "indices"
    files = sorted((folder / "expected").glob("*.csv"))
    verdicts = [v for path in files for v in compare_file(path, folder / "inputs")]
    assert [v for v in verdicts if v.failed] == []
    compared = {v.pair for v in verdicts if v.file == "formula.csv" and v.compared}
    assert len(compared) >= 20
    translated = [v for v in verdicts if v.pair in CALLS and v.file == "formula.csv"]
    assert all(v.compared > 0 for v in translated)
