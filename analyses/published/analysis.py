"""Published tables of regressions, made anew by the public functions of this package."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clusterstats.report import Exhibit, RegressionTable

from . import data, printed, score, tables
from .tables import Table

TITLE = "Published tables, cell by cell"
QUESTION = "Do regressions here give the numbers that papers and other programs print?"

SOURCE = "the papers and pages that each table names; printed values read at run time"
ALL = "all tables"


def absent() -> str:
    """What is missing when no table can be made; empty otherwise."""
    if any(not tables.absent(name) for name in tables.names()):
        return ""
    return f"the data of no table are at hand: {data.REMEDY}"


def exhibits() -> list[Exhibit]:
    """The score, each table as the paper has it, and every cell."""
    made = [tables.make(name) for name in tables.names() if not tables.absent(name)]
    rows = comparison(made)
    parts = [_layout(table) for table in made]
    return [_score(rows), *parts, _cells(rows)] if len(rows) else [*parts, _computed(made)]


def comparison(made: Sequence[Table]) -> pd.DataFrame:
    """Every printed value of the tables beside the computed one; empty without printed values."""
    values = {table.name: printed.printed(table.name) for table in made}
    found = [
        score.compared(table.cells, known)
        for table in made
        if (known := values[table.name]) is not None
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def told(exhibits: Sequence[Exhibit]) -> list[str]:
    """The score as lines for the terminal, cells that fall short, and what is not at hand."""
    by_name = {exhibit.name: exhibit.table for exhibit in exhibits}
    lines = []
    found = by_name.get("score")
    if found is None:
        lines.append(f"tables are written and not compared: {printed.REMEDY}")
    else:
        lines += found.to_string(index=False).splitlines()
        cells = by_name["cells"]
        assert cells is not None
        for row in cells[~cells["reached"]].itertuples():
            place = ", ".join((row.table, row.spec, row.item, row.stat))
            lines.append(f"short: {place}: printed {row.published}, computed {row.estimate:.10g}")
    gone = {name: why for name in tables.names() if (why := tables.absent(name))}
    lines += [f"not made: {name}: needs {why}" for name, why in gone.items()]
    return lines


def _score(rows: pd.DataFrame) -> Exhibit:
    table = score.scored(rows)
    total = table.drop(columns="table").sum()
    whole = pd.concat([table, pd.DataFrame([{"table": ALL, **total}])], ignore_index=True)
    reached, cells = int(total["reached"]), int(total["cells"])
    gone = [name for name in tables.names() if tables.absent(name)]
    unmade = f" Not made, for want of data: {', '.join(gone)}." if gone else ""
    return Exhibit(
        name="score",
        title="Printed cells that are reached, by table",
        table=whole,
        sample=f"{cells:,} printed numbers of {len(table)} tables",
        definition=score.RULE,
        source=SOURCE,
        note=f"{reached} of {cells} cells reach what was recorded for them.{unmade}",
    )


def _cells(rows: pd.DataFrame) -> Exhibit:
    return Exhibit(
        name="cells",
        title="Every printed number beside the computed one",
        table=rows,
        sample=f"{len(rows):,} printed numbers",
        definition=score.RULE,
        source=SOURCE,
    )


def _computed(made: Sequence[Table]) -> Exhibit:
    rows = pd.concat([table.cells for table in made], ignore_index=True)
    return Exhibit(
        name="cells",
        title="Every computed number",
        table=rows,
        sample=f"{len(rows):,} numbers of {len(made)} tables",
        definition="named as the cells of the printed tables; low and high bound values that the "
        "data do not tell from the estimate",
        source=SOURCE,
        note=f"Not compared with printed values: {printed.REMEDY}.",
    )


def _layout(table: Table) -> Exhibit:
    """A table as the paper has it, with what was warned of."""
    layout = table.made.layout
    is_display = isinstance(layout, RegressionTable)
    return Exhibit(
        name=table.name,
        title=table.title,
        table=layout.numbers if isinstance(layout, RegressionTable) else layout,
        display=layout if is_display else None,
        sample=table.sample,
        definition=table.method,
        source=table.paper,
        note=f"Warned of: {'; '.join(table.notes)}." if table.notes else "",
    )
