"""Economic complexity of regions and of industries: both ends of one eigenvector."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice, warn
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.relatedness.configured import (
    PRESENT,
    as_presences,
    configured,
    joined,
    of_presences,
)
from clusterstats.measures.relatedness.parts import by_region_and_industry
from clusterstats.measures.relatedness.presence import (
    Presence,
    declared_on_presence,
    located,
    presence_of,
)
from clusterstats.measures.relatedness.spectrum import FURTHER, Complexity, largest_component
from clusterstats.measures.sides import Side
from clusterstats.tables import Grid

__all__ = ["economic_complexity"]

CLOSE = 0.05
"""A third eigenvalue within this share of the second leaves the vector ill-conditioned."""

POINT = "eci of the table"
TOWARD = {"toward": Side(POINT)}
BY_CHANCE = ["null_mean", "null_low", "null_high", "p_value"]
DIRECTION = (
    "under chance alone the second eigenvector has no direction that could be compared; "
    "Bootstrap(seed=...) shows how firm it is, and MonteCarlo(null='configuration', seed=...) what "
    "the margins alone would give"
)


def _declared(presence: Presence, scaling: str, ddof: int) -> Declaration:
    """The declaration of ECI on one scale."""
    scale = {
        "zscore": "each less its mean over its standard deviation",
        "harvard": "both less the mean of ECI over its standard deviation, so that a region's ECI "
        "is the mean PCI of its industries",
    }[scaling]
    kernel = Complexity(presence, scaling, ddof)
    declared = declared_on_presence(
        presence,
        f"ECI, PCI: second eigenvectors of D^-1 M U^-1 M' and U^-1 M' D^-1 M; {scale} "
        f"(ddof {ddof}); one sign: ECI rises with diversity",
        name="economic_complexity",
        kernel=lambda x, **given: kernel(x, **given)[..., : x.shape[-2], None],
        grain=("region",),
        components=("eci",),
        reference="Hidalgo and Hausmann 2009; Mealy, Farmer and Teytelboym 2019, Science Advances",
        bounds=(-np.inf, np.inf),
        estimand="ECI of true quotients, regions' probabilities held fixed",
        options={"scaling": scaling, "ddof": ddof},
    )
    if presence.threshold is None:
        return declared
    return replace(
        declared, units=("establishment", "cell"), has_null=False, uncertain_note=DIRECTION
    )


FORMS = [
    _declared(Presence(), scaling, ddof) for scaling in ("zscore", "harvard") for ddof in (0, 1)
]


@register(*FORMS)
def economic_complexity(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    scaling: Literal["zscore", "harvard"] = "zscore",
    ddof: Literal[0, 1] = 0,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Economic complexity index of regions (ECI) and of industries (PCI), with one sign.

    A region scores high that has what other high-scoring regions have. It is the direction that
    best separates regions by what they have: read it beside `diversity_count`, of which it is
    not a finer version.

    .. math::
        ECI_r \propto \frac{1}{d_r} \sum_i M_{ri} PCI_i, \quad
        PCI_i \propto \frac{1}{u_i} \sum_r M_{ri} ECI_r

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    scaling : {"zscore", "harvard"}
        Each with mean 0 and standard deviation 1; or both by mean and deviation of ECI, so that
        a region's ECI is the mean PCI of its industries.
    ddof : {0, 1}
        Standard deviations over n or n - 1.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, presence and the vector found anew, its
        sign that of the point estimate: ``std_error`` shows how firm the index is. No method has
        intervals that hold their level, since presence jumps at the threshold: ``conf_low`` and
        ``conf_high`` are blank, with a warning. ``MonteCarlo(null="configuration")``, with
        `binary` too, draws presences given how many each region and each industry has on average;
        its sign being that of the point estimate, the test is cautious. Nulls that move
        establishments are refused: chance location gives no direction.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region`` (of ``eci``), ``industry`` (of ``pci``), ``component``,
        ``measure``, ``estimate`` and the inference columns. ``attrs["eigenvalues"]`` lists for
        each year the second and third eigenvalue and their gap; against the null also
        ``second_null_mean``, ``_low``, ``_high`` and ``second_p_value``: whether regions are
        further apart in what they have than their numbers alone would put them.

    Raises
    ------
    TableError
        `binary` holds other numbers than 0 and 1, or as in `location_quotient`.
    OptionError
        `threshold` is not above 0 or comes with `binary`, or a method does not fit.

    Warns
    -----
    ClusterstatsWarning
        The third eigenvalue is within 5 % of the second, so that small changes of the table may
        turn the vector; the two are equal (to 1e-6): all `nan`; nothing tells which end is the
        complex one; or regions or industries are not connected with the rest, and are named.

    Notes
    -----
    An empty region or industry, or one that has nothing present, is `nan` in its own row, as are
    those off the largest connected part (that with the most present cells): across parts the
    second eigenvector says only who is in which. An unknown cell leaves all unknown. If ECI has no
    correlation with diversity, the rarity of a region's industries gives the sign.

    References
    ----------
    Hidalgo, C. A. and Hausmann, R. (2009). PNAS 106, 10570-10575. Mealy, P., Farmer, J. D. and
    Teytelboym, A. (2019). Interpreting economic complexity. Science Advances 5, eaau1705.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> has = pd.DataFrame({"region": ["A"] * 3 + ["B"] * 3 + ["C"] * 3,
    ...                     "industry": ["film", "games", "steel"] * 3,
    ...                     "has": [1, 1, 0, 1, 1, 1, 0, 0, 1]})
    >>> cs.economic_complexity(has, binary="has").round(2)[["region", "industry", "estimate"]]
      region industry  estimate
    0      A      NaN      1.07
    1      B      NaN      0.27
    2      C      NaN     -1.34
    3    NaN     film      0.71
    4    NaN    games      0.71
    5    NaN    steel     -1.41
    """
    require_choice("scaling", scaling, ["zscore", "harvard"])
    if ddof not in (0, 1):
        raise OptionError(f"ddof={ddof!r} is not known; use 0 or 1")
    presence = presence_of(threshold, binary)
    grid, column = located(table, value, binary)
    declared = _whole(presence, scaling, ddof)
    result, described = _both(declared, grid, column, None)
    axes = described["estimate"].to_numpy().reshape(-1, FURTHER)
    option, attrs = configured(inference), result.attrs
    if option is not None:
        drawn = _with_point(as_presences(grid, presence(grid.array(column))), result)
        given = of_presences(_whole(Presence(None), scaling, ddof))
        chance, described = _both(given, drawn, PRESENT, replace(option, adjust=None), TOWARD)
        result = joined(result, chance, option)
    elif inference is not None:
        result, _ = _both(declared, _with_point(grid, result), column, inference, TOWARD)
        result.attrs["definition"] = attrs["definition"]
    if inference is not None:
        result.attrs["inference"] += "; the sign of each draw is that of the point estimate"
    _warn(presence, grid, column, result, axes)
    result.attrs["eigenvalues"] = _listed(grid, axes, described)
    return result


def _whole(presence: Presence, scaling: str, ddof: int) -> Declaration:
    """The declaration of ECI, PCI and the eigenvalues in one."""
    declared, kernel = _declared(presence, scaling, ddof), Complexity(presence, scaling, ddof)
    return replace(declared, kernel=kernel, components=())


def _both(
    declared: Declaration,
    grid: Grid,
    column: str,
    inference: Inference | None,
    sides: dict[str, Side] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ECI and PCI in one frame, and the rows of the eigenvalues."""
    return by_region_and_industry(declared, grid, column, inference, ("eci", "pci"), FURTHER, sides)


def _with_point(grid: Grid, result: pd.DataFrame) -> Grid:
    """The table with the ECI of each region beside it, shifted to be no less than 0."""
    years, regions, industries = grid.shape
    eci = result.loc[result["component"] == "eci", "estimate"].to_numpy().reshape(years, regions)
    known = ~np.isnan(eci)
    shifted = eci - np.min(eci, where=known, initial=np.inf, axis=1, keepdims=True)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.sum(shifted, where=known, axis=1, keepdims=True) / count
    point = np.where(known, shifted, mean).ravel()
    frame = grid.frame.assign(**{POINT: point[grid.flat // industries]})
    return Grid(grid.years, grid.regions, grid.industries, grid.flat, frame, grid.is_records)


def _listed(grid: Grid, axes: Array, described: pd.DataFrame) -> list[dict[str, Any]]:
    """Second and third eigenvalue and their gap, one record a year, and the second by chance."""
    years = [{}] if grid.years is None else [{"year": year} for year in grid.years.tolist()]
    chance = described.reindex(columns=BY_CHANCE).dropna(axis=1, how="all").iloc[::FURTHER]
    numbers = [dict(zip(chance.columns, row, strict=True)) for row in chance.to_numpy().tolist()]
    return [
        {
            **year,
            **{"second": float(second), "third": float(third), "gap": float(second - third)},
            **{f"second_{name}": float(number) for name, number in drawn.items()},
        }
        for year, (second, third, _), drawn in zip(years, axes, numbers, strict=True)
    ]


def _warn(presence: Presence, grid: Grid, column: str, result: pd.DataFrame, axes: Array) -> None:
    """Say where the vector is ill-conditioned or undefined, and what is not connected."""
    estimates = result["estimate"].to_numpy().reshape(len(axes), -1)
    for k, (second, third, is_told) in enumerate(axes):
        if np.isnan(second):
            continue
        when = "" if grid.years is None else f" in {grid.years.tolist()[k]}"
        _warn_of_vector(when, second, third, bool(is_told), bool(np.isnan(estimates[k]).all()))
        if np.isnan(estimates[k]).any():
            _warn_of_parts(presence(grid.array(column)[k]), grid, when)


def _warn_of_vector(
    when: str, second: float, third: float, is_told: bool, is_undefined: bool
) -> None:
    """Say what is wrong with the vector itself."""
    both = f"second and third eigenvalue are {second:.4g} and {third:.4g}"
    if is_undefined:
        warn(
            f"economic_complexity is undefined{when}: {both}, equal or 0, so that no vector can be "
            f"told; regions have the same industries, or lie symmetrically"
        )
        return
    if third > (1 - CLOSE) * second:
        warn(
            f"economic_complexity is ill-conditioned{when}: {both}, less than {CLOSE:.0%} apart, "
            f"so small changes of the table may turn it; Bootstrap(seed=...) shows how far"
        )
    if not is_told:
        warn(
            f"economic_complexity has no sign of its own{when}: it goes neither with diversity nor "
            f"with rarity; the first region of the table that is off its middle is taken as high"
        )


def _warn_of_parts(m: Array, grid: Grid, when: str) -> None:
    """Name what has something present but is not connected with the largest part."""
    inside = largest_component(m)
    outside = [
        labels[(m.sum(axis=axis) > 0) & ~members].tolist()
        for axis, labels, members in zip(
            (1, 0), (grid.regions, grid.industries), inside, strict=True
        )
    ]
    if outside[0]:
        named = " and ".join(
            f"{len(names)} {what} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
            for what, names in zip(("region(s)", "industry(ies)"), outside, strict=True)
        )
        warn(
            f"economic_complexity is nan{when} for {named}: they share nothing with the largest "
            f"connected part, and no eigenvector compares parts; measure them alone, or lower "
            f"the threshold"
        )
