"""Errors and warnings: each says what is wrong, where, and what to do."""

import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "ClusterstatsError",
    "ClusterstatsWarning",
    "DatasetError",
    "OptionError",
    "SourceError",
    "TableError",
    "require_choice",
    "warn",
]


class ClusterstatsError(ValueError):
    """Base of every error that this package raises on purpose."""


class SourceError(ClusterstatsError):
    """A file can't be read as what it is said to be."""


class TableError(ClusterstatsError):
    """A table breaks a rule of its kind: a column, a key or a value."""


class OptionError(ClusterstatsError):
    """An option has a value that it can't take, or that does not fit the measure."""


class DatasetError(ClusterstatsError):
    """A dataset or a checkout is not where it is looked for."""


class ClusterstatsWarning(UserWarning):
    """A result stands, but with a condition that its reader should know."""


def require_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raise `OptionError`, listing what is allowed, unless `value` is one of it."""
    choices = list(allowed)
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise OptionError(f"{name}={value!r} is not known; use one of {listed}")


def warn(message: str) -> None:
    """Warn with `ClusterstatsWarning`, pointing at the first caller outside the package."""
    package = str(Path(__file__).parent)
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ClusterstatsWarning, stacklevel=level)
