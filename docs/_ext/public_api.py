"""A reference page for each public name, and the directive ``public-names`` that lists them."""

from __future__ import annotations

import inspect
from pathlib import Path

from docutils import nodes
from node_tables import link, section, table, text
from public_names import Public, groups, public
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PAGES = "reference/generated"


def write_pages(app: Sphinx) -> None:
    """Write the pages that changed, and remove those of names that are gone."""
    folder = Path(app.srcdir, PAGES)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {f"{item.path}.rst": page(item) for item in public()}
    for file in folder.glob("*.rst"):
        if file.name not in pages:
            file.unlink()
    for name, content in pages.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.write_text(content, encoding="utf-8")


def page(item: Public) -> str:
    """The reference page of one name."""
    kind = "class" if inspect.isclass(item.object) else "function"
    if kind == "class" and issubclass(item.object, BaseException):
        kind = "exception"
    members = f"   :members: {', '.join(methods(item.object))}\n" if methods(item.object) else ""
    return (
        f"{item.title}\n{'=' * len(item.title)}\n\n"
        f".. currentmodule:: {item.module}\n\n.. auto{kind}:: {item.name}\n{members}"
    )


def methods(thing: object) -> list[str]:
    """Methods and properties that a class adds and describes."""
    if not inspect.isclass(thing):
        return []
    return [
        name
        for name, member in vars(thing).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, property | classmethod))
        and member.__doc__
    ]


class PublicNames(SphinxDirective):
    """``public-names``: each group of public names, with what each is for."""

    def run(self) -> list[nodes.Node]:
        lists = [
            section(
                title,
                table(
                    ["name", "what it is for"],
                    [[link(i.path, i.title, self.env.docname), text(i.summary)] for i in items],
                    "names",
                ),
            )
            for title, items in groups().items()
            if items
        ]
        return [*lists, self.contents()]

    def contents(self) -> nodes.Node:
        """The pages, for the navigation."""
        pages = [f"{PAGES}/{item.path}" for item in public()]
        toctree = addnodes.toctree(
            parent=self.env.docname,
            entries=[(None, page) for page in pages],
            includefiles=pages,
            maxdepth=1,
            caption=None,
            glob=False,
            hidden=True,
            includehidden=False,
            numbered=0,
            titlesonly=True,
        )
        wrapper = nodes.compound(classes=["toctree-wrapper"])
        wrapper += toctree
        return wrapper


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_pages)
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
