"""Options that a class takes over from its bases, described on its own page too."""

from __future__ import annotations

import inspect

from numpydoc.docscrape import NumpyDocString, Parameter
from sphinx.application import Sphinx


def parameters(thing: type) -> list[Parameter]:
    """Parameters that a class or its bases describe, its own first."""
    found: dict[str, Parameter] = {}
    for owner in thing.__mro__:
        if owner.__module__.startswith("clusterstats") and owner.__doc__:
            for parameter in NumpyDocString(inspect.cleandoc(owner.__doc__))["Parameters"]:
                found.setdefault(parameter.name, parameter)
    return list(found.values())


def complete(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Add the inherited parameters, before numpydoc renders the docstring."""
    if what == "class" and inspect.isclass(thing):
        described = NumpyDocString("\n".join(lines))
        if len(parameters(thing)) > len(described["Parameters"]):
            described["Parameters"] = parameters(thing)
            lines[:] = str(described).splitlines()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", complete, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
