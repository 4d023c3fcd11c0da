"""A small good file for each reader of text, and where in it each kind of value stands."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import clusterstats as cs
from clusterstats.sources import ReadingReport

__all__ = ["GOODS", "TARGET", "Good", "Read", "Reading", "Row", "expected", "reading"]

Row: TypeAlias = dict[str, Any]
Reading: TypeAlias = tuple[list[Row], ReadingReport]
Read: TypeAlias = Callable[..., Any]

TARGET = 3
"""Line whose values the mutations change: the second row."""


@dataclass(frozen=True, eq=False)
class Good:
    """A good file: its lines, its reader, and columns by what they hold."""

    name: str
    lines: tuple[str, ...]
    delimiter: str
    read: Read
    ending: str = ".csv"
    finds_delimiter: bool = False
    folds_case: bool = True
    is_quoted: bool = True
    needed: str = ""
    """A column that has to be there."""
    key: tuple[str, ...] = ()
    """Columns that identify a row, if the reader says that they do."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Columns of codes, with a code that lacks its leading zero or a character."""
    counts: tuple[str, ...] = ()
    """Columns of whole numbers of at least 0."""
    years: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    """Columns that hold one of a few values, with one that is not of them."""
    optional: tuple[str, ...] = ()
    """Columns of codes that may be blank."""
    labelled: tuple[str, ...] = ()
    """Columns of codes that may be followed by a space and a label."""
    text: str = ""
    """A column of free text."""
    aside: tuple[str, ...] = ()
    """Lines that are to be set aside and counted."""

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.name + self.ending

    @property
    def columns(self) -> list[str]:
        """Names in the header."""
        return self.lines[0].split(self.delimiter)

    @property
    def content(self) -> bytes:
        """The file."""
        return "\n".join((*self.lines, "")).encode()

    def value(self, column: str) -> str:
        """Value of a column in the target line."""
        return self.lines[TARGET - 1].split(self.delimiter)[self.columns.index(column)]


def reading(read: Read, path: Path) -> Reading:
    """Rows in a fixed order, and the report."""
    reports: list[ReadingReport] = []
    frame = read(path, report=reports.append).collect()
    (report,) = reports
    rows = (dict(sorted(row.items())) for row in frame.rows(named=True))
    return sorted(rows, key=repr), report


@cache
def expected(good: Good) -> Reading:
    """What the good file gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, good.file)
        path.write_bytes(good.content)
        return reading(good.read, path)


SIRENE = Good(
    "sirene",
    (
        "siret,statutDiffusionEtablissement,dateCreationEtablissement,"
        "trancheEffectifsEtablissement,etablissementSiege,codeCommuneEtablissement,dateDebut,"
        "etatAdministratifEtablissement,activitePrincipaleEtablissement,"
        "nomenclatureActivitePrincipaleEtablissement,enseigne1Etablissement",
        "00000000100011,O,2004-05-01,11,true,75118,2010-01-01,A,59.11A,NAFRev2,BRUME",
        "00000000200019,P,2012-09-03,02,true,01004,2012-09-03,A,59.14Z,NAFRev2,AUBE",
        "00000000300017,O,,NN,false,2A004,2020-02-29,A,62.01Z,NAFRev2,",
    ),
    ",",
    cs.read_sirene,
    needed="codeCommuneEtablissement",
    key=("siret",),
    codes={"siret": "200019", "codeCommuneEtablissement": "1004"},
    dates=("dateCreationEtablissement", "dateDebut"),
    closed={
        "trancheEffectifsEtablissement": "54",
        "etatAdministratifEtablissement": "X",
        "statutDiffusionEtablissement": "Z",
        "etablissementSiege": "peut-être",
    },
    text="enseigne1Etablissement",
    optional=("codeCommuneEtablissement",),
    aside=(
        "00000000400015,O,2001-01-01,11,true,75118,2009-01-01,F,59.11A,NAFRev2,",
        "00000000500012,O,2001-01-01,11,true,,2009-01-01,A,59.11A,NAFRev2,",
        "00000000600010,O,2001-01-01,11,true,99109,2009-01-01,A,59.11A,NAFRev2,",
    ),
)
URSSAF = Good(
    "urssaf",
    (
        "Nom commune;Code commune;Code APE;Nombre d'établissements 2021;"
        "Effectifs salariés 2021;Nombre d'établissements 2022;Effectifs salariés 2022",
        "Œuf-l’Éclair;2A004;5911A;;;1;0",
        "Clairval;01004;7111Z;2;31;3;40",
        "Brume;01004;5914Z;1;5;1;",
    ),
    ";",
    cs.read_urssaf,
    needed="Code commune",
    key=("Code commune", "Code APE"),
    codes={"Code commune": "1004", "Code APE": "711Z"},
    labelled=("Code APE",),
    counts=("Nombre d'établissements 2021", "Effectifs salariés 2022"),
    text="Nom commune",
    aside=("Total général;;;3;36;5;40", "Total;Total;;3;36;5;40"),
)
FLORES = Good(
    "flores",
    (
        "GEO;GEO_OBJECT;ACTIVITY;FLORES_MEASURE;OBS_STATUS;TIME_PERIOD;OBS_VALUE;NOTE",
        "01004;COM;59;EMPL3112;K;2024;;",
        "01004;COM;62;EMPL3112;A;2024;38;note",
        "01004;COM;59;UNIT_LOC;A;2024;2;",
        "01004;COM;62;UNIT_LOC;A;2024;3;",
    ),
    ";",
    cs.read_flores,
    folds_case=False,
    needed="GEO",
    key=("GEO", "ACTIVITY", "TIME_PERIOD", "FLORES_MEASURE"),
    codes={"GEO": "1004", "ACTIVITY": "6"},
    counts=("OBS_VALUE",),
    years=("TIME_PERIOD",),
    closed={"FLORES_MEASURE": "EMPL", "OBS_STATUS": "Z"},
    text="NOTE",
    aside=(
        "01;DEP;62;EMPL3112;A;2024;380;",
        "GEO;GEO_OBJECT;ACTIVITY;FLORES_MEASURE;OBS_STATUS;TIME_PERIOD;OBS_VALUE;NOTE",
    ),
)
FLORES_WIDE = Good(
    "FLORES2021",
    (
        "CODGEO;LIBGEO;EFF_TOT;EFF_01;EFF_62",
        "01004;Clairval;50;12;38",
        "01005;Aube;9;0;9",
        "2A004;Brume;3;;3",
    ),
    ";",
    cs.read_flores,
    folds_case=False,
    needed="CODGEO",
    key=("CODGEO",),
    codes={"CODGEO": "1005"},
    counts=("EFF_TOT", "EFF_62"),
    text="LIBGEO",
)
MESR = Good(
    "mesr",
    (
        "annee;numero_de_l_etablissement;etablissement;code_de_l_academie;"
        "code_de_la_discipline;discipline;situation;nombre_de_reponses;"
        "emplois_exterieurs_a_la_region_de_luniversite;remarque",
        "2018;0999999A;Brume;A09;disc02;Droit;30 mois après le diplôme;170;34;",
        "2018;0999999A;Brume;A09;disc03;Économie;30 mois après le diplôme;120;55;estimé",
        "2018;0999999A;Brume;A09;disc04;Lettres;18 mois après le diplôme;12;ns;",
    ),
    ";",
    cs.read_mesr,
    needed="numero_de_l_etablissement",
    key=("annee", "numero_de_l_etablissement", "code_de_la_discipline", "situation"),
    codes={"numero_de_l_etablissement": "999999A"},
    counts=("nombre_de_reponses",),
    years=("annee",),
    closed={"emplois_exterieurs_a_la_region_de_luniversite": "secret"},
    text="remarque",
    aside=("2018;UNIV;Toutes universités et Brume;;disc02;Droit;30 mois;170;34;",),
)
PRINCIPALS = (
    "tconst\tordering\tnconst\tcategory\tjob\tcharacters",
    'tt0000001\t1\tnm0000001\tactor\t\\N\t["Self"]',
    "tt0000001\t2\tnm0000002\tdirector\t\\N\t\\N",
    "tt0000002\t1\tnm10000003\twriter\tcreated by\t\\N",
)
BASICS = (
    "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tgenres",
    'tt0000001\tmovie\tThe "Brume\tLa "Brume\t0\t2019\tDrama,Comedy',
    "tt0000002\ttvSeries\tL’Œil\tL’Œil\t0\t2020\t\\N",
    "tt0000003\tshort\tAube\tAube\t0\t\\N\t\\N",
)


def _imdb(path: Path, *, kind: str, report: Any) -> Any:
    """Read with the other of the two files as it should be, in a folder of its own."""
    other, lines = {"principals": ("basics", BASICS), "basics": ("principals", PRINCIPALS)}[kind]
    companion = _companion(other, lines)
    return cs.read_imdb(**{kind: path, other: companion}, report=report)


@cache
def _companion(kind: str, lines: tuple[str, ...]) -> Path:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, f"{kind}.tsv")
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return path


IMDB = Good(
    "principals",
    PRINCIPALS,
    "\t",
    partial(_imdb, kind="principals"),
    ending=".tsv",
    folds_case=False,
    is_quoted=False,
    needed="nconst",
    key=("tconst", "ordering", "nconst", "category"),
    codes={"tconst": "tt1", "nconst": "0000002"},
    counts=("ordering",),
    text="job",
)
IMDB_TITLES = Good(
    "basics",
    BASICS,
    "\t",
    partial(_imdb, kind="basics"),
    ending=".tsv",
    folds_case=False,
    is_quoted=False,
    needed="titleType",
    key=("tconst",),
    codes={"tconst": "2"},
    years=("startYear",),
    text="originalTitle",
)
CNC = Good(
    "cnc",
    (
        "N° auto;nom;code INSEE;écrans;fauteuils;entrées 2022;entrées 2021;multiplexe;genre;"
        "latitude;longitude",
        "7;LUX;2A004;4.0;150.0;900.0;800.0;OUI;FIXE;41.9;8.7",
        "31;REX;01004;1;90;148;119;NON;FIXE;45.96;5.35",
        "32;RIO;75108;2;120;;;NON;ITINERANT;48.87;2.30",
    ),
    ";",
    cs.read_cnc,
    needed="code INSEE",
    key=("N° auto",),
    codes={"code INSEE": "1004"},
    counts=("fauteuils", "entrées 2021"),
    closed={"multiplexe": "PEUT-ETRE", "genre": "MOBILE"},
    text="nom",
)
SHOOTS = Good(
    "shoots",
    (
        "id_lieu;annee_tournage;type_tournage;nom_tournage;nom_realisateur;nom_producteur;"
        "adresse_lieu;ardt_lieu;date_debut;date_fin;coord_x;coord_y",
        "2021-1;2021;Téléfilm;AUBE;;BRUME;quai;75016;2021-04-03;2021-04-03;2.388441;48.879748",
        "2023-2;2023;Série;NUIT;;BRUME;rue;75005;2023-02-03;2023-02-05;652451.1;6861399.8",
        "2023-3;2023;Série;NUIT;;BRUME;pont;75006;2023-02-06;2023-02-07;;",
    ),
    ";",
    cs.read_film_shoots,
    finds_delimiter=True,
    needed="date_fin",
    key=("id_lieu",),
    codes={"ardt_lieu": "5005"},
    optional=("ardt_lieu",),
    years=("annee_tournage",),
    dates=("date_debut", "date_fin"),
    text="adresse_lieu",
)
CBP = Good(
    "cbp",
    (
        "msa,naics,emp,est,name",
        "10100,31----,3744,48,Aberdeen",
        "10180,51----,744,21,Abilene",
        "10180,72----,,9,Abilene",
    ),
    ",",
    partial(cs.read_cbp, level=2),
    finds_delimiter=True,
    needed="msa",
    key=("msa", "naics"),
    codes={"msa": "1018", "naics": "5"},
    counts=("emp", "est"),
    text="name",
)
PSEO = Good(
    "pseo",
    (
        "institution,degree_level,y10_p50_earnings,y10_grads_emp,y10_grads_emp_instate,city",
        "00353900,01,45261.0,416.0,374.0,Alvin",
        "00353900,05,51000,300,210,Houston",
        "00353901,05,,,,Brume",
    ),
    ",",
    cs.read_pseo,
    finds_delimiter=True,
    needed="degree_level",
    key=("institution", "degree_level"),
    codes={"institution": "353900", "degree_level": "5"},
    counts=("y10_grads_emp", "y10_grads_emp_instate"),
    text="city",
)
TABLE = Good(
    "table",
    (
        "region;industry;year;employment;name",
        "0056;59.11A;2022;1204.5;Brume",
        "2815;59.11A;2022;7;Aube",
        "2815;62.01Z;2022;;",
    ),
    ";",
    cs.read_table,
    finds_delimiter=True,
    folds_case=False,
    needed="",
    text="name",
)
GOODS = (
    SIRENE,
    URSSAF,
    FLORES,
    FLORES_WIDE,
    MESR,
    IMDB,
    IMDB_TITLES,
    CNC,
    SHOOTS,
    CBP,
    PSEO,
    TABLE,
)
