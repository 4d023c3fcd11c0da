"""What is public: the names of `clusterstats/__init__.pyi`, and those of the public modules."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import clusterstats
from clusterstats.measures import REGISTRY

MODULES = ("datasets", "sources", "harmonize", "report", "errors")
"""Modules whose own names are public too; one that is not there yet is left out."""

INTERNAL = {"analyses_dir", "find_analyses", "run_analysis"}
"""Names that modules export for the command line only."""


@dataclass(frozen=True)
class Public:
    """A public object under the name that people type."""

    module: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def title(self) -> str:
        """What people type after ``cs.``."""
        return self.path.removeprefix("clusterstats.")

    @property
    def object(self) -> Any:
        return getattr(importlib.import_module(self.module), self.name)

    @property
    def summary(self) -> str:
        """First sentence of the docstring."""
        return " ".join((inspect.getdoc(self.object) or "").partition("\n\n")[0].split())


def stub() -> dict[str, str]:
    """Each name of the package to its module in the package; a module itself to nothing."""
    source = Path(clusterstats.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
    return {name.name: (node.module or "") for node in imports for name in node.names}


def groups() -> dict[str, list[Public]]:
    """Public objects by heading, every one once."""
    names = stub()
    modules = dict.fromkeys([*MODULES, *(name for name, source in names.items() if not source)])
    found: dict[str, list[Public]] = {}
    for name, source in sorted(names.items()):
        if source and source.partition(".")[0] not in modules:
            found.setdefault(heading(name, source), []).append(Public("clusterstats", name))
    ordered = {title: found[title] for title in sorted(found, key=lambda t: _place(found[t], t))}
    for module in modules:
        if find_spec(f"clusterstats.{module}"):
            ordered[first_line(f"clusterstats.{module}")] = list(_of_module(module, names))
    return ordered


def _place(items: list[Public], title: str) -> tuple[bool, bool, str]:
    """Tables first, then measures by family, then the rest."""
    tables = any(item.name == "cells" for item in items)
    return not tables, not any(item.name in REGISTRY for item in items), title


def _of_module(module: str, names: dict[str, str]) -> Iterable[Public]:
    """Public objects of a module, under the package's own name where they have one."""
    from_here = {name for name, source in names.items() if source.partition(".")[0] == module}
    listed = getattr(importlib.import_module(f"clusterstats.{module}"), "__all__", ())
    for name in sorted(from_here.union(listed) - INTERNAL):
        package = "clusterstats" if name in from_here else f"clusterstats.{module}"
        item = Public(package, name)
        if inspect.isclass(item.object) or (callable(item.object) and module != "errors"):
            yield item


def heading(name: str, source: str) -> str:
    """A measure stands under its family, anything else under its module."""
    return first_line(
        REGISTRY[name].door.__module__ if name in REGISTRY else f"clusterstats.{source}"
    )


def first_line(module: str) -> str:
    """The first words of a module's docstring, as a heading."""
    said = (importlib.import_module(module).__doc__ or module).strip().splitlines()[0]
    return said.partition(":")[0].rstrip(".")


def public() -> list[Public]:
    """Every public object once."""
    return [item for group in groups().values() for item in group]
