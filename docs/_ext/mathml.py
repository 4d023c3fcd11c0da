"""Formulas as MathML, written at build time: a reader's browser needs no script for them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging

log = logging.getLogger(__name__)


def rendered(latex: str, display: str, node: nodes.Node) -> str:
    """MathML of one formula; a command that is not known is a warning, so the build fails."""
    try:
        markup = convert(latex, display=display)
    except Exception as error:  # the converter has no base class for its errors
        log.warning("formula %r: %s", latex, error, location=node)
        return ""
    if "\\" in markup:
        log.warning("formula %r has a command that is not known", latex, location=node)
    return markup.replace("<math ", f"<math alttext={quoteattr(latex)} ", 1)


def visit_inline(self: Any, node: nodes.math) -> None:
    self.body.append(rendered(node.astext(), "inline", node))
    raise nodes.SkipNode


def visit_block(self: Any, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    for formula in filter(None, map(str.strip, node.astext().split("\n\n"))):
        self.body.append(rendered(" ".join(formula.split()), "block", node))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
