"""The directive ``datasets``: the embedded datasets, as their ``dataset.toml`` describes them."""

from __future__ import annotations

from docutils import nodes
from node_tables import code, section, table, text
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from clusterstats import datasets
from clusterstats.datasets import Dataset


class Datasets(SphinxDirective):
    """A list of all, then a section for each."""

    def run(self) -> list[nodes.Node]:
        known = [datasets.describe(name) for name in datasets.list()["name"]]
        rows = [[jump(d.name), d.title, f"{d.rows:,}", d.licence] for d in known]
        overview = table(["name", "title", "rows", "licence"], rows, "overview")
        return [overview, *(described(dataset) for dataset in known)]


def jump(name: str) -> nodes.reference:
    """A link to a dataset's own section."""
    return nodes.reference(name, name, refid=nodes.make_id(name), internal=True)


def described(dataset: Dataset) -> nodes.section:
    """What is known about one dataset."""
    facts = {
        "rows": f"{dataset.rows:,}, one per {', '.join(dataset.grain)}",
        "publisher": dataset.publisher,
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "vintage": dataset.vintage,
        "source": dataset.source,
    }
    fields = nodes.field_list()
    for name, said in facts.items():
        body = nodes.field_body()
        body += text(said)
        field = nodes.field()
        field += [nodes.field_name(name, name), body]
        fields += field
    columns = [[code(c.name), c.type, c.unit, c.meaning] for c in dataset.columns]
    header = ["column", "type", "unit", "meaning"]
    return section(
        dataset.name,
        text(nodes.strong(dataset.title, dataset.title)),
        fields,
        text(dataset.notes),
        table(header, columns, "columns"),
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("datasets", Datasets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
