"""Lower never imports higher."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "clusterstats"
LAYERS = [
    {"errors", "_types", "_files"},
    {"tables", "datasets"},
    {"sources", "inference"},
    {"harmonize"},
    {"measures"},
    {"models"},
    {"critical_mass", "retention", "networks", "composite", "policy"},
    {"verdict"},
    {"report"},
    {"cli"},
    {"__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The folder or file of the package that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """The parts of the package that a module imports, wherever in its text."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    inside = [name.split(".") for name in names if name.split(".")[0] == "clusterstats"]
    return {parts[1] for parts in inside if len(parts) > 1 and parts[1] in LEVEL}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_lower_layers_never_import_higher_ones(path: Path) -> None:
    here = part_of(path)
    assert here in LEVEL, f"{here} has no layer; add it to LAYERS where it belongs"
    for other in imported_parts(path) - {here}:
        assert LEVEL[other] < LEVEL[here], f"{here} imports {other}, which is not below it"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_plotting_is_imported_only_in_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if part_of(path) != "report":
        assert "matplotlib" not in text
        assert "seaborn" not in text


def test_the_test_can_fail() -> None:
    assert LEVEL["measures"] < LEVEL["report"]
    assert imported_parts(PACKAGE / "measures" / "run.py") >= {"inference", "tables"}
