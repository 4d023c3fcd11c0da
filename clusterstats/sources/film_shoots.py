"""Places of film shoots in Paris (Ville de Paris)."""

from collections.abc import Mapping
from functools import partial
from math import atan, cos, log, pi, radians, sin, sqrt, tan
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import DAY, YEAR, not_what
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._origin import Frame
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, Tally, deliver

__all__ = ["read_film_shoots"]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "shoot": ("id_lieu", "identifiant_du_lieu"),
    "year": ("annee_tournage", "annee_du_tournage"),
    "kind": ("type_tournage", "type_de_tournage"),
    "work": ("nom_tournage", "titre"),
    "director": ("nom_realisateur", "realisateur"),
    "producer": ("nom_producteur", "producteur"),
    "address": ("adresse_lieu", "localisation_de_la_scene"),
    "postcode": ("ardt_lieu", "code_postal"),
    "start": ("date_debut", "date_de_debut"),
    "end": ("date_fin", "date_de_fin"),
    "x": ("coord_x", "coordonnee_en_x", "lon"),
    "y": ("coord_y", "coordonnee_en_y", "lat"),
}
LON_DEGREES, LAT_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]*)?", r"-?[0-9]{1,2}(?:\.[0-9]*)?"
X_METRES = r"(?:[1-9][0-9]{4,5}|1[0-2][0-9]{5})(?:\.[0-9]*)?"
Y_METRES = r"(?:6[0-9]|7[01])[0-9]{5}(?:\.[0-9]*)?"
PLACE = f"{LON_DEGREES}\x1f{LAT_DEGREES}|{X_METRES}\x1f{Y_METRES}"

AXIS, FLATTENING = 6_378_137.0, 1 / 298.257222101  # GRS 80
E2 = FLATTENING * (2 - FLATTENING)
ORIGIN_LON, ORIGIN_LAT, PARALLELS = radians(3.0), radians(46.5), (radians(44.0), radians(49.0))
FALSE_EASTING, FALSE_NORTHING = 700_000.0, 6_600_000.0


def read_film_shoots(
    path: str | Path,
    *,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    report: Reporter | None = None,
) -> Frame:
    r"""Read the places of film and television shoots in the streets of Paris.

    Use it on the export "lieux de tournage à Paris" of opendata.paris.fr (CSV with ``;`` or
    ``,``, plain or gzip, technical names or labels as its header). The file is checked now,
    in one pass, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file: one row a place of a shoot.
    encoding : str
        Encoding of the text: ``"utf-8"``, with or without a mark, ``"cp1252"``, ...
    engine : {"duckdb", "polars", "pandas"} or SparkSession
        Reads the file; pandas does so now. The check is DuckDB's whatever the engine.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list.

    Returns
    -------
    narwhals.LazyFrame
        Shoots, keyed by ``shoot``, in no promised order:

        - ``shoot``: text, identifier of the place and shoot;
        - ``year``: Int64;
        - ``region``: text, commune code of the arrondissement (``"75113"``), null outside
          Paris, where a postcode does not name a commune;
        - ``work``, ``kind``, ``director``, ``producer``, ``address``, ``postcode``: text, as
          written by those who asked for the permit;
        - ``start``, ``end``: text, ISO dates;
        - ``coordinates``: text, what the file has in this row: ``"degrees"`` or
          ``"lambert93"``, null if nothing;
        - ``lon``, ``lat``: Float64, degrees, converted from Lambert-93 where needed;
        - ``x``, ``y``: Float64, Lambert-93 metres where the file has them, else null.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding, delimiter or layout, has no rows, a
        repeated identifier, or a date or a place that is impossible; a longitude in degrees
        beside a northing in metres is one.

    Notes
    -----
    Files with shoots of 2022 to 2024 have metres in the columns of degrees, in some rows: each
    row is read as what its two numbers can be. The inverse of the Lambert conformal conic
    projection is that of Snyder (1987), with the parameters of Lambert-93 (RGF93, taken as
    WGS 84): within 1e-8 degree of the publisher's own. 75016 and 75116 are the same
    arrondissement, ``"75116"``. Names vary in case and spelling, one cell may hold several.

    References
    ----------
    Snyder, J. P. (1987). *Map Projections: A Working Manual*. U.S. Geological Survey
    Professional Paper 1395, equations 3-5 and 14-9 to 14-11, 15-1 to 15-11.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_film_shoots
    >>> lines = [
    ...     "id_lieu;annee_tournage;type_tournage;nom_tournage;nom_realisateur;nom_producteur;"
    ...     "adresse_lieu;ardt_lieu;date_debut;date_fin;coord_x;coord_y",
    ...     "1;2021;Téléfilm;AUBE;;BRUME;quai;75016;2021-04-03;2021-04-03;2.388441;48.879748",
    ...     "2;2023;Téléfilm;NUIT;;BRUME;quai;75005;2023-02-03;2023-02-05;652451.1;6861399.8",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "shoots.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     shoots = read_film_shoots(path).sort("shoot").collect("pandas").to_native()
    >>> shoots[["shoot", "region", "coordinates", "lon", "lat"]].round(4)
      shoot region coordinates     lon      lat
    0     1  75116     degrees  2.3884  48.8797
    1     2  75105   lambert93  2.3520  48.8509
    """
    require_engine(engine)
    origin = open_text(path, delimiter=None, encoding=encoding)
    names = origin.aliased(ALIASES)
    found = survey(origin, _rules(names), key=Key((names["shoot"],), width=64))
    deliver(ReadingReport(origin.name, Tally(found["rows"])), report)
    return _shoots(_filled(origin.on(engine), names), names)


def _rules(names: Mapping[str, str]) -> list[Rule]:
    kinds = (
        (("shoot",), ".+", False, "the identifier of a shoot"),
        (("year",), YEAR, False, "a year like 2021"),
        (("start", "end"), DAY, True, "a date like '2021-04-03', or blank"),
        (("postcode",), "[0-9]{5}", True, "a postcode of 5 digits, or blank"),
        (("x", "y"), PLACE, True, "with its neighbor a place in degrees or Lambert-93 metres"),
    )
    return [
        Rule(
            Pattern(tuple(names[c] for c in columns), regex, blank, is_joint=regex == PLACE),
            partial(not_what, what=what),
        )
        for columns, regex, blank, what in kinds
    ]


def _filled(frame: Frame, names: Mapping[str, str]) -> Frame:
    """Columns that are read, null where blank; a line without anything is no row."""
    texts = (nw.when(nw.col(c) != "").then(nw.col(c)).alias(c) for c in names.values())
    return frame.select(*texts).filter(~nw.col(names["shoot"]).is_null())


def _shoots(frame: Frame, names: Mapping[str, str]) -> Frame:
    postcode = nw.col(names["postcode"])
    district = nw.concat_str(nw.lit("751"), postcode.str.slice(3, 2))
    is_paris = postcode.str.contains("^75(?:0(?:0[1-9]|1[0-9]|20)|116)$")
    is_metres = nw.col(names["y"]).str.contains("^[0-9]{7}")
    kind = nw.when(is_metres).then(nw.lit("lambert93")).otherwise(nw.lit("degrees"))
    texts = ("kind", "work", "director", "producer", "address", "postcode", "start", "end")
    chosen = frame.select(
        nw.col(names["shoot"]).alias("shoot"),
        nw.col(names["year"]).cast(nw.Int64).alias("year"),
        nw.when(is_paris).then(district).alias("region"),
        *(nw.col(names[name]).alias(name) for name in texts),
        nw.when(~nw.col(names["y"]).is_null()).then(kind).alias("coordinates"),
        *(nw.col(names[name]).cast(nw.Float64).alias(name) for name in ("x", "y")),
    )
    return _placed(chosen)


def _placed(frame: Frame) -> Frame:
    """Degrees of all rows, metres of those that have them."""
    is_metres = nw.col("coordinates") == "lambert93"
    x, y = (nw.when(is_metres).then(nw.col(name)) for name in ("x", "y"))
    lon, lat = _lambert93_inverse(x, y)
    return frame.with_columns(
        nw.when(is_metres).then(lon).otherwise(nw.col("x")).alias("lon"),
        nw.when(is_metres).then(lat).otherwise(nw.col("y")).alias("lat"),
        x.alias("x"),
        y.alias("y"),
    )


def _lambert93_inverse(x: nw.Expr, y: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
    """Longitude and latitude, in degrees, of metres; engines share no arc tangent."""
    first, second = PARALLELS
    cone = log(_m(first) / _m(second)) / log(_t(first) / _t(second))
    scale = AXIS * _m(first) / (cone * _t(first) ** cone)
    apex = FALSE_NORTHING + scale * _t(ORIGIN_LAT) ** cone
    east, south = x - FALSE_EASTING, apex - y
    t = ((east * east + south * south) / scale**2) ** (1 / (2 * cone))
    conformal = pi / 2 - 2 * _arc_tangent(t)
    terms = _sine_series(t, _series())
    lon = (_small_arc_tangent(east / south) / cone + ORIGIN_LON) * (180 / pi)
    return lon, (conformal + terms) * (180 / pi)


def _arc_tangent(t: nw.Expr) -> nw.Expr:
    """Arc tangent near that of half the conformal colatitude of the origin."""
    near = _t(ORIGIN_LAT)
    return _small_arc_tangent((t - near) / (t * near + 1)) + atan(near)


def _small_arc_tangent(u: nw.Expr) -> nw.Expr:
    """Gregory's series: of a tangent below 0.12, to 1e-17."""
    square, total = u * u, u * 0 + 1 / 17
    for n in range(15, 0, -2):
        total = 1 / n - square * total
    return u * total


def _sine_series(t: nw.Expr, coefficients: tuple[float, ...]) -> nw.Expr:
    """Sum of coefficients times sines of 2, 4, ... times the latitude whose colatitude `t` has."""
    cosine = 2 * t / (t * t + 1)
    sine = (1 - t * t) / (t * t + 1)
    double, twice = 2 * sine * cosine, 2 * (1 - 2 * sine * sine)
    above, total = t * 0, t * 0
    for coefficient in reversed(coefficients):  # Clenshaw's recurrence
        above, total = total, twice * total - above + coefficient
    return double * total


def _m(lat: float) -> float:
    """Snyder's (14-15): radius of a parallel over the axis."""
    return cos(lat) / sqrt(1 - E2 * sin(lat) ** 2)


def _t(lat: float) -> float:
    """Snyder's (15-9): tangent of half the conformal colatitude."""
    e = sqrt(E2)
    swing = (1 - e * sin(lat)) / (1 + e * sin(lat))
    return tan(pi / 4 - lat / 2) / float(swing ** (e / 2))


def _series() -> tuple[float, ...]:
    """Snyder's (3-5): from conformal to geodetic latitude, sines of 2, 4, 6, 8 times it."""
    return (
        E2 / 2 + 5 * E2**2 / 24 + E2**3 / 12 + 13 * E2**4 / 360,
        7 * E2**2 / 48 + 29 * E2**3 / 240 + 811 * E2**4 / 11520,
        7 * E2**3 / 120 + 81 * E2**4 / 1120,
        4279 * E2**4 / 161280,
    )
