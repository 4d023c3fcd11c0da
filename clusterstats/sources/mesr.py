"""What became of master's graduates, by university, discipline and cohort (MESR)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import YEAR, not_what
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._origin import Frame, Origin, plain
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, SetAside, Tally, deliver

__all__ = ["read_mesr"]

KEY = ("annee", "numero_de_l_etablissement", "code_de_la_discipline", "situation")
INSTITUTION_NAME, FIELD_NAME, ACADEMY = "etablissement", "discipline", "code_de_l_academie"
TEXTS = {
    "institution_name": INSTITUTION_NAME,
    "field_name": FIELD_NAME,
    "domain": "code_du_domaine",
    "academy": ACADEMY,
    "academy_name": "academie",
    "remark": "remarque",
}
PERCENTS = {
    "insertion": "taux_d_insertion",
    "outside_region": "emplois_exterieurs_a_la_region_de_l_universite",
    "manager": "emplois_cadre",
    "manager_or_intermediate": "emplois_cadre_ou_professions_intermediaires",
    "stable_job": "emplois_stables",
    "full_time": "emplois_a_temps_plein",
    "women": "femmes",
    "employed": "taux_d_emploi",
    "employed_in_france": "taux_d_emploi_salarie_en_france",
}
NUMBERS = {
    "respondents": "nombre_de_reponses",
    "response_percent": "taux_de_reponse",
    "field_percent": "poids_de_la_discipline",
    "net_wage_month_eur": "salaire_net_median_des_emplois_a_temps_plein",
    "gross_wage_year_eur": "salaire_brut_annuel_estime",
    "regional_wage_month_eur": "salaire_net_mensuel_median_regional",
}
OUTCOMES = (NUMBERS["respondents"], PERCENTS["outside_region"])
NEEDED = (*KEY, FIELD_NAME, INSTITUTION_NAME, ACADEMY, *OUTCOMES)
REGIONS = {
    **{"01": ("A32",), "03": ("A33",), "04": ("A28",), "11": ("A01", "A24", "A25")},
    **{"24": ("A18",), "27": ("A03", "A07"), "28": ("A05", "A21"), "32": ("A09", "A20")},
    **{"44": ("A12", "A15", "A19"), "52": ("A17",), "53": ("A14",), "75": ("A04", "A13", "A22")},
    **{"76": ("A11", "A16"), "84": ("A06", "A08", "A10"), "93": ("A02", "A23"), "94": ("A27",)},
}
TOTAL = "(?i:ensemble|toutes) .*"
EITHER_TOTAL = rf"{TOTAL}|[^\x1f]*\x1f{TOTAL}"
TEACHING, DEGREES = "disc18", ("disc19", "disc20")
SUPPRESSED, UNAVAILABLE = ("ns", "fe"), ("nd", ".")
CODES = r"ns|nd|fe|\."
SPACES = " \u00a0\u202f"
NUMBER = rf"(?:[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}}){{1,4}}|[0-9]{{1,15}})(?:[.,][0-9])?|{CODES}"
PERCENT = rf"(?:100(?:[.,]0)?|[0-9]{{1,2}}(?:[.,][0-9])?)|{CODES}"


def read_mesr(
    path: str | Path,
    *,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    report: Reporter | None = None,
) -> Frame:
    r"""Read the ministry's survey of master's graduates, 18 and 30 months after graduation.

    Use it on the ministry's export ``fr-esr-insertion_professionnelle-master`` (CSV with ``;``,
    plain or gzip, technical names or French labels as header). It is checked now, read later.

    Parameters
    ----------
    path : str or Path
        The file: one row a (cohort, institution, discipline, situation).
    encoding : str
        Encoding of the text: ``"utf-8"``, with or without a mark, ``"cp1252"``, ...
    engine : {"duckdb", "polars", "pandas"} or pyspark.sql.SparkSession
        What reads the file when the frame is used; the checks are DuckDB's in any case.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list. Without it,
        totals that are set aside raise a `ClusterstatsWarning`.

    Returns
    -------
    narwhals.LazyFrame
        Aggregated graduates, keyed by (group, cohort, horizon_months), in no promised order:

        - ``group``: text, institution and field (``"0370800U disc05"``);
        - ``cohort``, year of graduation, and ``horizon_months``: Int64;
        - ``institution`` (UAI), ``field`` (discipline), ``school_region`` (région 2016 of
          the académie, null where there is none): text;
        - ``outside_region_percent``: Float64, of the jobs, those outside the university's
          region, with ``outside_region_percent_low``, ``outside_region_percent_high`` and
          ``outside_region_status``; in the same way ``insertion`` (employed, of those who
          work or look for work), ``manager``, ``manager_or_intermediate``, ``stable_job``,
          ``full_time``, ``women`` and, of later files, ``employed``, ``employed_in_france``;
        - ``respondents``: Float64, answers, and the other numbers of the file, null unless
          stated (``response_percent``, ``net_wage_month_eur``, ...);
        - text: ``institution_name``, ``field_name``, ``domain``, ``academy``, ``remark``.

    Raises
    ------
    SourceError
        The file is absent, damaged or in another layout, or has no rows, a repeated key or
        a value that is neither a number nor ``ns``, ``nd``, ``fe``, ``.``.

    Notes
    -----
    A status is ``observed``; ``suppressed`` (``ns``, not significant, and ``fe``: too few
    answers), bounded by 0 and 100; ``unavailable`` (``nd`` and ``.``) or ``blank``, without
    bounds. A percent is rounded: with p printed, the value lies in [p - 0.5, p + 0.5] (0.05
    with a decimal), within 0 and 100. Totals of other rows are set aside
    and counted: "Ensemble …" disciplines, "Toutes universités …" rows, and "Masters
    enseignement" (disc18) where the same graduates stand in disc19 or disc20. Which regions,
    of before or after 2016, the survey means is not documented.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_mesr
    >>> lines = [
    ...     "annee;numero_de_l_etablissement;etablissement;code_de_l_academie;"
    ...     "code_de_la_discipline;discipline;situation;nombre_de_reponses;"
    ...     "emplois_exterieurs_a_la_region_de_luniversite",
    ...     "2018;0999999A;Brume;A09;disc02;Droit;30 mois après le diplôme;1 710;34",
    ...     "2018;0999999A;Brume;A09;disc03;Économie;30 mois après le diplôme;12;ns",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "masters.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     graduates = read_mesr(path).sort("field").collect("pandas").to_native()
    >>> graduates.columns = graduates.columns.str.replace("outside_region_", "")
    >>> graduates[["field", "respondents", "percent", "percent_low", "percent_high", "status"]]
        field  respondents  percent  percent_low  percent_high      status
    0  disc02       1710.0     34.0         33.5          34.5    observed
    1  disc03         12.0      NaN          0.0         100.0  suppressed
    """
    require_engine(engine)
    origin = open_text(path, delimiter=";", encoding=encoding)
    names = {name.replace("_", ""): column for name, column in origin.technical_names().items()}
    for name in NEEDED:
        if _squeezed(name) not in names:
            raise origin.missing(name)
    has = partial(_present, names)
    both = tuple(names[_squeezed(name)] for name in (INSTITUTION_NAME, FIELD_NAME))
    total = Pattern(both, EITHER_TOTAL, is_joint=True)
    key = Key(tuple(names[_squeezed(name)] for name in KEY), width=64)
    found = survey(origin, _rules(key, both, has(PERCENTS), has(NUMBERS)), key=key, aside=total)
    deliver(_report(origin, total, key, found["rows"]), report)
    return _graduates(_without_totals(origin.on(engine), total, key), key, names)


def _squeezed(name: str) -> str:
    """Labels and technical names differ in where an apostrophe leaves a space."""
    return plain(name).replace("_", "")


def _present(names: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Names in the table to columns of the file, of those that the file has."""
    squeezed = {name: _squeezed(source) for name, source in wanted.items()}
    return {name: names[source] for name, source in squeezed.items() if source in names}


def _rules(
    key: Key, names: tuple[str, ...], percents: Mapping[str, str], numbers: Mapping[str, str]
) -> list[Rule]:
    cohort, institution, field, horizon = key.columns
    special = "with at most a decimal, ns, nd, fe, '.' or blank"
    kinds = (
        ((cohort,), YEAR, "a year like 2018"),
        ((institution,), "[0-9]{7}[A-Z]", "a UAI code like '0370800U'"),
        ((field,), "[^ ]+", "the code of a discipline like 'disc02'"),
        ((horizon,), "[0-9]{1,2} mois.*", "a situation like '30 mois après le diplôme'"),
        (names, ".+", "a name"),
        (tuple(percents.values()), PERCENT, f"a percent of 0 to 100 {special}"),
        (tuple(numbers.values()), NUMBER, f"a number of at least 0 {special}"),
    )
    return [Rule(Pattern(c, r, "blank" in w), partial(not_what, what=w)) for c, r, w in kinds]


def _report(origin: Origin, total: Pattern, key: Key, read: int) -> ReadingReport:
    institution, field = (Pattern((column,), TOTAL) for column in total.columns)
    _, _, code, _ = key.columns
    kept = ((n, row) for n, row in origin.rows() if not total.matches(row))
    lines = {key.of(row): n for n, row in kept if row[code] in (TEACHING, *DEGREES)}
    split = {(*k[:2], k[3]) for k in lines if k[2] in DEGREES}
    teaching = [n for k, n in lines.items() if k[2] == TEACHING and (*k[:2], k[3]) in split]
    national = [n for n, row in origin.rows() if institution.matches(row)]
    both = [n for n, row in origin.rows() if field.matches(row) and not institution.matches(row)]
    parts = {
        "a national total of all universities": national,
        "an “Ensemble” discipline, the total of others": both,
        "teaching masters, the total of their two degrees": teaching,
    }
    aside = (SetAside(reason, len(found), found[0]) for reason, found in parts.items() if found)
    return ReadingReport(origin.name, Tally(read, tuple(aside)))


def _without_totals(frame: Frame, total: Pattern, key: Key) -> Frame:
    cohort, institution, field, horizon = key.columns
    is_degree = nw.col(field).is_in(DEGREES).cast(nw.Int64).max()
    is_split = is_degree.over(cohort, institution, horizon).alias("is_split")
    is_twice = (nw.col(field) == TEACHING) & (nw.col("is_split") == 1)
    is_row = ~nw.col(cohort).is_null()  # a blank line is a row to Polars
    return frame.filter(is_row, ~total.expr()).with_columns(is_split).filter(~is_twice)


def _graduates(frame: Frame, key: Key, names: Mapping[str, str]) -> Frame:
    cohort, institution, field, horizon = key.columns
    texts = _present(names, TEXTS)
    return frame.select(
        nw.concat_str(nw.col(institution), nw.col(field), separator=" ").alias("group"),
        nw.col(cohort).cast(nw.Int64).alias("cohort"),
        nw.col(horizon).str.replace_all(" mois.*", "").cast(nw.Int64).alias("horizon_months"),
        nw.col(institution).alias("institution"),
        _region(names[_squeezed(ACADEMY)]).alias("school_region"),
        nw.col(field).alias("field"),
        *(_number(nw.col(c)).alias(name) for name, c in _present(names, NUMBERS).items()),
        *(e for name, c in _present(names, PERCENTS).items() for e in _percent(name, nw.col(c))),
        *(nw.col(column).alias(name) for name, column in texts.items()),
    )


def _region(academy: str) -> nw.Expr:
    region: nw.Expr = nw.lit(None, nw.String)
    for code, academies in REGIONS.items():
        region = nw.when(nw.col(academy).is_in(academies)).then(nw.lit(code)).otherwise(region)
    return region


def _number(text: nw.Expr) -> nw.Expr:
    packed = text.str.replace_all(f"[{SPACES}]", "").str.replace_all(",", ".", literal=True)
    return nw.when(~text.is_in((*SUPPRESSED, *UNAVAILABLE))).then(packed).cast(nw.Float64)


def _percent(name: str, text: nw.Expr) -> list[nw.Expr]:
    value, is_suppressed = _number(text), text.is_in(SUPPRESSED)
    half = nw.when(text.str.contains("[.,][0-9]")).then(0.05).otherwise(0.5)
    low = nw.when(value - half < 0.0).then(0.0).otherwise(value - half)
    high = nw.when(value + half > 100.0).then(100.0).otherwise(value + half)
    status = nw.when(text.is_null()).then(nw.lit("blank")).otherwise(nw.lit("observed"))
    status = nw.when(text.is_in(UNAVAILABLE)).then(nw.lit("unavailable")).otherwise(status)
    status = nw.when(is_suppressed).then(nw.lit("suppressed")).otherwise(status)
    return [
        value.alias(f"{name}_percent"),
        nw.when(is_suppressed).then(0.0).otherwise(low).alias(f"{name}_percent_low"),
        nw.when(is_suppressed).then(100.0).otherwise(high).alias(f"{name}_percent_high"),
        status.alias(f"{name}_status"),
    ]
