"""Words for terms: labels given once serve for regressors, their parts, effects and responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from clusterstats.errors import OptionError

__all__ = ["chosen", "matches", "merged_order", "term_text"]

Labels = Mapping[str, str]

LEVEL = re.compile(r"(?:C\((?P<of>[^()]*)\)|(?P<name>[^\[\]]+))\[(?P<level>.*)\]")
EVENT = re.compile(r"(?P<name>[^:]+)::(?P<level>[^:]+)")
PAIR = re.compile(r"\w+(\^\w+)+")
WORD = re.compile(r"[^\W\d]\w*")
NEGATIVE = re.compile(r"(?<!\w)-(?=\d)")
CONSTANT = "Intercept"
OWN = {CONSTANT: "Constant", "event_time": "Event time"}
"""Words for names that the package gives."""


def term_text(term: str, labels: Labels) -> str:
    """What a term is called: its label, or its name with the labels of the parts it is made of.

    Examples
    --------
    >>> from clusterstats.report.tables.labels import term_text
    >>> labels = {"density": "Density", "year": "Year"}
    >>> [term_text(t, labels) for t in ("density", "log(density)", "density:rail", "year::2001")]
    ['Density', 'log(Density)', 'Density × rail', 'Year: 2001']
    """
    if term in labels:
        return labels[term]
    known = {**OWN, **labels}
    return " × ".join(_part(part, known) for part in _factors(term))


def _part(part: str, labels: Labels) -> str:
    """One factor of a product: a level of a variable, or an expression."""
    if part in labels:
        return labels[part]
    found = EVENT.fullmatch(part)
    if found:
        return f"{_words(found['name'], labels)}: {NEGATIVE.sub('−', found['level'])}"
    found = LEVEL.fullmatch(part)
    if found:
        name = (found["of"] or found["name"]).split(",")[0].strip()
        return f"{_words(name, labels)}: {found['level']}"
    return _words(part, labels)


def _words(text: str, labels: Labels) -> str:
    """A text with the labels of the names in it; `a^b` is a pair."""
    if text in labels:
        return labels[text]
    if PAIR.fullmatch(text):
        return " × ".join(labels.get(name, name) for name in text.split("^"))
    return WORD.sub(lambda found: labels.get(found[0], found[0]), text)


def _factors(term: str) -> list[str]:
    """Cut at single colons outside brackets: `year::2001:treated` has two factors."""
    parts, depth = [""], 0
    for sign in re.findall(r"::|.", term, re.DOTALL):
        depth += (sign in "([") - (sign in ")]")
        if sign == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def matches(pattern: str, term: str) -> bool:
    """Whether a term is what a pattern says, where `*` is any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), term, re.DOTALL) is not None


def chosen(
    terms: Sequence[str],
    keep: Iterable[str] | None,
    drop: Iterable[str],
    order: Iterable[str],
) -> list[str]:
    """The terms to show: those of `keep` less those of `drop`, those of `order` first."""
    kept = [t for t in terms if keep is None or _any(t, "keep", keep)]
    drop, order = list(drop), list(order)
    for name, patterns in (("keep", keep or ()), ("drop", drop), ("order", order)):
        _require_known(name, patterns, terms)
    kept = [t for t in kept if not _any(t, "drop", drop)]
    if not kept:
        raise OptionError(
            f"keep and drop leave no term to show; there are {', '.join(map(repr, terms))}"
        )
    places = {
        term: min((i for i, pattern in enumerate(order) if matches(pattern, term)), default=None)
        for term in kept
    }
    last = len(order)
    return sorted(kept, key=lambda term: last if places[term] is None else places[term] or 0)


def _any(term: str, name: str, patterns: Iterable[str]) -> bool:
    if isinstance(patterns, str):
        raise OptionError(f"{name}={patterns!r} must be a list, such as [{patterns!r}]")
    return any(matches(pattern, term) for pattern in patterns)


def _require_known(name: str, patterns: Iterable[str], terms: Sequence[str]) -> None:
    """Raise where a pattern is of no term: it would be misspelled."""
    for pattern in patterns:
        if not any(matches(pattern, term) for term in terms):
            raise OptionError(
                f"{name} has {pattern!r}, which is no term; there are "
                f"{', '.join(map(repr, terms))} ('*' stands for any text)"
            )


def merged_order(lists: Iterable[Sequence[str]]) -> list[str]:
    """Every term once, each model's own order kept where models agree; the constant last.

    A term that is new goes before the next term of its model that is known, else to the end.
    """
    known: list[str] = []
    for terms in lists:
        for place, term in enumerate(terms):
            if term in known:
                continue
            later = next((other for other in terms[place + 1 :] if other in known), None)
            known.insert(len(known) if later is None else known.index(later), term)
    return sorted(known, key=lambda term: term == CONSTANT)
