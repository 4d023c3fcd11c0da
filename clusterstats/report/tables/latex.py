"""LaTeX: booktabs rules, nothing else needed, every text escaped."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable

from clusterstats.report.tables.grid import CELL, LABEL, Cell, Grid, Heading, Row

__all__ = ["escape", "to_latex"]

NARROW = 8
"""Letters after which a heading over numbers that stand at the right is broken into lines."""
SIZES = {
    85: "",
    105: r"\small\setlength{\tabcolsep}{4pt}",
    10_000: r"\footnotesize\setlength{\tabcolsep}{3pt}",
}
"""Smaller type for a line of more letters than a page is wide."""
LOOKALIKE = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))
"""Greek letters that TeX has no command for."""
SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "\N{MINUS SIGN}": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "→": r"$\rightarrow$",
    "∆": r"$\Delta$",
    "µ": r"$\mu$",
    "ς": r"$\varsigma$",
    "✓": r"$\checkmark$",
    "✗": r"$\times$",
    "°": r"\textdegree{}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{THIN SPACE}": r"\,",
}
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
TEXT_ENCODING = {"«": "guillemotleft", "»": "guillemotright", '"': "textquotedbl"}
"""Signs that pdfTeX's first encoding has not."""
SIGNS |= {
    sign: rf"{{\fontencoding{{T1}}\selectfont\{name}}}" for sign, name in TEXT_ENCODING.items()
}


def escape(text: str) -> str:
    r"""Write a text so that pdfLaTeX prints it as it is.

    Examples
    --------
    >>> from clusterstats.report.tables.latex import escape
    >>> escape("R² of log_wage: 5 % & α")
    'R$^{2}$ of log\\_wage: 5 \\% \\& $\\alpha$'
    """
    plain = re.sub(r"[\n\r\t]+", " ", unicodedata.normalize("NFC", text))
    pieces = re.findall(f"[{''.join(RAISED)}]+|[{''.join(LOWERED)}]+|-+|.", plain)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece[0] in RAISED:
        return f"$^{{{''.join(RAISED[sign] for sign in piece)}}}$"
    if piece[0] in LOWERED:
        return f"$_{{{''.join(LOWERED[sign] for sign in piece)}}}$"
    if piece[0] == "-":
        return "{}".join(piece)  # hyphens that are no dash
    return SIGNS.get(piece) or _greek(piece)


def _greek(sign: str) -> str:
    """A Greek letter as mathematics; any other sign as it is."""
    name = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(sign, ""))
    if name is None:
        return sign
    if sign in LOOKALIKE:
        return LOOKALIKE[sign]
    word = name[2].lower().replace("lamda", "lambda")
    return rf"$\{word if name[1] == 'SMALL' else word.capitalize()}$"


def to_latex(grid: Grid, label: str = "") -> str:
    """The table between booktabs rules, in a `table` environment where it has a title."""
    column = "r" if grid.align == "right" else "c"
    lines = [
        rf"\begin{{tabular}}{{@{{}}l{column * grid.columns}@{{}}}}",
        r"\toprule",
        *(line for headings in grid.header for line in _header(headings, column)),
        r"\midrule",
        *(line for place, row in enumerate(grid.rows) for line in _row(row, grid, place)),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if grid.notes:
        lines = _with_notes(lines, grid.notes)
    if smaller := next(
        size for letters, size in SIZES.items() if sum(grid.letters) + 2 * grid.columns <= letters
    ):
        lines = [rf"\begingroup{smaller}", *lines, r"\endgroup"]
    if grid.title:
        named = [rf"\label{{{label}}}"] if label else []
        head = [r"\begin{table}[htbp]", r"\centering", rf"\caption{{{escape(grid.title)}}}"]
        lines = [*head, *named, r"\vspace{0.8ex}", *lines, r"\end{table}"]
    marks = ", amssymb" if any("checkmark" in line for line in lines) else ""
    return "\n".join([rf"% \usepackage{{booktabs{marks}}}", *lines, ""])


def _with_notes(lines: list[str], notes: tuple[str, ...]) -> list[str]:
    """The table in a box, so that its notes are as wide as it is."""
    return [
        r"\begingroup\setbox0=\hbox{%",
        *lines[:-1],
        lines[-1] + "}%",
        r"\begin{minipage}{\wd0}",
        r"\box0",
        "",
        r"\vspace{0.6ex}",
        r"\footnotesize\textit{Notes:}",
        " ".join(escape(note) for note in notes),
        r"\end{minipage}\endgroup",
    ]


def _header(headings: tuple[Heading, ...], column: str) -> list[str]:
    """A line of headings, and rules under those over several columns."""
    cells, rules, start = [], [], 2
    for heading in headings:
        width = NARROW if column == "r" else CELL * heading.columns
        text = _broken(heading.text, width, "b", column, escape)
        if heading.columns > 1:
            text = rf"\multicolumn{{{heading.columns}}}{{c}}{{{text}}}" if text else ""
            text = text or "& " * (heading.columns - 1)
            if heading.text:
                rules.append(rf"\cmidrule(lr){{{start}-{start + heading.columns - 1}}}")
        cells.append(text.strip())
        start += heading.columns
    return [" & ".join(["", *cells]) + r" \\", *([" ".join(rules)] if rules else [])]


def _row(row: Row, grid: Grid, place: int) -> list[str]:
    """A row with the rule or the room above it."""
    above = [r"\midrule"] if row.is_ruled and place else []
    if row.kind == "panel":
        heading = rf"\multicolumn{{{grid.columns + 1}}}{{@{{}}l}}{{\textit{{{escape(row.label)}}}}}"
        return [*above, heading + r" \\", r"\addlinespace[0.3ex]"]
    column = "r" if grid.align == "right" else "c"
    cells = [_cell(cell, column) for cell in row.cells]
    guard = "{}" if row.label.startswith(("[", "*")) else ""  # the `\\` before would take it
    line = " & ".join([guard + _broken(row.label, LABEL, "t", "l", escape), *cells]) + r" \\"
    is_last = place + 1 == len(grid.rows) or grid.rows[place + 1].is_ruled
    room = row.kind == "interval" and not is_last
    return [*above, line, *([r"\addlinespace[0.4ex]"] if room else [])]


def _cell(cell: Cell, column: str) -> str:
    stars = f"$^{{{escape(cell.stars)}}}$" if cell.stars else ""
    return _broken(cell.text, CELL, "t", column, escape) + stars


def _broken(text: str, width: int, place: str, column: str, write: Callable[[str], str]) -> str:
    """A text in lines of its own where it would make its column wide."""
    if len(text) <= width:
        return write(text)
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    body = r"\\ ".join(write(line) for line in lines)
    return rf"\begin{{tabular}}[{place}]{{@{{}}{column}@{{}}}}{body}\end{{tabular}}"
