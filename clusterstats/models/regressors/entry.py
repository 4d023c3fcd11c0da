"""Entry (or exit) of industries on how related they were to what a region had."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import require_choice
from clusterstats.measures import entry_exit

__all__ = ["entry_panel"]

RISK = {"entry": "absent", "exit": "present"}


def entry_panel(
    table: IntoTable,
    *,
    event: Literal["entry", "exit"] = "entry",
    years: tuple[Any, Any] | None = None,
    value: str = "employment",
    threshold: float = 1.0,
    norm: Literal["proximity", "association", "cosine", "probability", "jaccard"] = "proximity",
    diagonal: Literal[1, 0] = 1,
) -> pd.DataFrame:
    r"""Rows at risk of entry (or exit), 0 or 1, with the relatedness density of the year before.

    .. math:: entry_{ri,t+h} = \alpha + \beta\, \omega_{rit} + \gamma_r + \delta_{it} +
       \varepsilon, \quad \text{for the } (r, i) \text{ that had } LQ_{rit} < 1

    is ``cs.regress("entry ~ relatedness_density | region + industry^year", panel)``.

    Parameters
    ----------
    table : frame
        Cells (region, industry, year) or establishments with years, in any engine.
    event : {"entry", "exit"}
        Rows of what was absent, or of what was present.
    years : pair, optional
        The earlier and the later year; if not given, each year of the table and the next in it.
    value : str
        Additive column.
    threshold : float
        Least location quotient that counts as present, above 0.
    norm : {"proximity", "association", "cosine", "probability", "jaccard"}
        What is related: as in `relatedness_density`.
    diagonal : {1, 0}
        Proximity of an industry to itself in that density.

    Returns
    -------
    DataFrame
        ``year`` (the earlier), ``year2`` (the later), ``region``, ``industry``, ``entry`` (or
        ``exit``: 1 or 0), ``relatedness_density`` of the earlier year (0 to 1); sorted.
        ``attrs["note"]`` counts the rows that are not at risk, and those that are unknown.

    Raises
    ------
    OptionError, TableError
        As in `entry_exit`.

    Notes
    -----
    A pair that is present in the earlier year can't enter: it is no 0, and is left out. Empty
    regions and industries that are nowhere have no density: `nan`, which `regress` leaves out and
    counts. The density of the earlier year holds no part of the event of the later.

    References
    ----------
    Hidalgo, C. A., Klinger, B., Barabási, A.-L. and Hausmann, R. (2007). The product space
    conditions the development of nations. Science 317, 482-487. Neffke, F., Henning, M. and
    Boschma, R. (2011). How do regions diversify over time? Economic Geography 87, 237-265.
    Boschma, R., Balland, P.-A. and Kogler, D. F. (2015). Industrial and Corporate Change 24,
    223-250.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({
    ...     "year": [2010] * 6 + [2020] * 6, "region": ["A", "A", "A", "B", "B", "B"] * 2,
    ...     "industry": ["film", "sound", "steel"] * 4,
    ...     "employment": [50, 40, 10, 5, 5, 90, 50, 40, 10, 40, 5, 55],
    ... })
    >>> cs.entry_panel(jobs)
       year  year2 region industry  entry  relatedness_density
    0  2010   2020      A    steel    0.0                  0.0
    1  2010   2020      B     film    0.0                  0.0
    2  2010   2020      B    sound    0.0                  0.0
    """
    require_choice("event", event, RISK)
    moves = entry_exit(
        table, years=years, value=value, threshold=threshold, norm=norm, diagonal=diagonal
    )
    unknown = moves["transition"].isna()
    at_risk = moves[event].notna()
    keys = ["year", "year2", "region", "industry"]
    panel = moves.loc[at_risk, [*keys, event, "relatedness_density"]]
    panel = panel.sort_values(keys, kind="stable", ignore_index=True)
    off = int((~at_risk & ~unknown).sum())
    panel.attrs = {
        "definition": f"entry_panel: {event} among those {RISK[event]} in the earlier year, on "
        f"their density then; {moves.attrs['definition']}",
        "note": f"{len(panel):,} rows at risk of {event}; {off:,} not at risk and "
        f"{int(unknown.sum()):,} unknown are left out",
    }
    return panel
