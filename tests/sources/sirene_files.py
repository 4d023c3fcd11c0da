"""Made-up files in the formats of SIRENE, and how their tests read them."""

import csv
import datetime as dt
import gzip
import io
import re

import pandas as pd
import pytest

from clusterstats.errors import SourceError
from clusterstats.sources.sirene import read_sirene

ADDRESS = (
    "complementAdresse numeroVoie indiceRepetition {0} typeVoie libelleVoie codePostal "
    "libelleCommune libelleCommuneEtranger distributionSpeciale codeCommune codeCedex "
    "libelleCedex codePaysEtranger libellePaysEtranger"
)
SECOND = [f"{name}2Etablissement" for name in ADDRESS.format("").split()]
HEAD_NAMES = (
    "siren nic siret statutDiffusionEtablissement dateCreationEtablissement "
    "trancheEffectifsEtablissement anneeEffectifsEtablissement "
    "activitePrincipaleRegistreMetiersEtablissement dateDernierTraitementEtablissement "
    "etablissementSiege nombrePeriodesEtablissement"
)
TAIL_NAMES = (
    "dateDebut etatAdministratifEtablissement enseigne1Etablissement enseigne2Etablissement "
    "enseigne3Etablissement denominationUsuelleEtablissement activitePrincipaleEtablissement "
    "nomenclatureActivitePrincipaleEtablissement caractereEmployeurEtablissement"
)
GEO_NAMES = "longitude latitude geo_score geo_type geo_adresse geo_id geo_ligne geo_l4 geo_l5"
HEAD, TAIL = HEAD_NAMES.split(), TAIL_NAMES.split()
LAST = "dernierNumeroVoie indiceRepetitionDernierNumeroVoie"
CURRENT = [
    *HEAD,
    *(f"{name}Etablissement" for name in ADDRESS.format(LAST).split()),
    "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement",
    *SECOND,
    *TAIL,
    "activitePrincipaleNAF25Etablissement",
]
GEOCODED = [
    *HEAD,
    *(f"{name}Etablissement" for name in ADDRESS.format("").split()),
    *SECOND,
    *TAIL,
    *GEO_NAMES.split(),
]
SHORT = {
    "diffusion": "statutDiffusionEtablissement",
    "created": "dateCreationEtablissement",
    "band": "trancheEffectifsEtablissement",
    "seat": "etablissementSiege",
    "commune": "codeCommuneEtablissement",
    "start": "dateDebut",
    "state": "etatAdministratifEtablissement",
    "ape": "activitePrincipaleEtablissement",
    "system": "nomenclatureActivitePrincipaleEtablissement",
    "x": "coordonneeLambertAbscisseEtablissement",
    "y": "coordonneeLambertOrdonneeEtablissement",
    "lon": "longitude",
    "lat": "latitude",
    "sign": "enseigne1Etablissement",
}


def one(number=1, **values):
    """A row by INSEE's names: open, of 10 to 19 employees, unless `values` says otherwise."""
    usual = {
        "diffusion": "O",
        "created": "2004-05-01",
        "band": "11",
        "seat": "true",
        "commune": "75118",
        "start": "2010-01-01",
        "state": "A",
        "ape": "59.11A",
        "system": "NAFRev2",
    }
    siret = f"{number:09d}00011"
    named = {SHORT.get(name, name): value for name, value in {**usual, **values}.items()}
    return {"siret": siret, "siren": siret[:9], "nic": siret[9:], **named}


def as_csv(path, rows, columns=CURRENT, delimiter=","):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def as_parquet(path, rows, columns=CURRENT):
    """With INSEE's types: dates, a Boolean, and text."""
    frame = pd.DataFrame(rows).reindex(columns=columns).astype(object)
    frame = frame.where(frame.notna() & (frame != ""), None)
    for name in ("dateCreationEtablissement", "dateDebut"):
        frame[name] = [v and dt.date.fromisoformat(v) for v in frame[name]]
    frame["etablissementSiege"] = [v and v == "true" for v in frame["etablissementSiege"]]
    frame["enseigne1Etablissement"] = frame["enseigne1Etablissement"].astype("string")
    frame.to_parquet(path)
    return path


def read(path, **options):
    """Rows by column, sorted, and the report."""
    reports = []
    frame = read_sirene(path, report=reports.append, **options)
    return frame.sort("establishment").collect().rows(named=True), reports[0]


def read_one(tmp_path, columns=CURRENT, **values):
    rows, report = read(as_csv(tmp_path / "s.csv", [one(**values)], columns), active_only=False)
    return rows[0], report


def aside(report):
    return {part.reason: (part.count, part.first_line) for part in report.rows.set_aside}


def noted(report):
    return {note.what: note.count for note in report.noted}


def refused(path, *parts, **options):
    with pytest.raises(SourceError, match=".*".join(map(re.escape, parts))) as caught:
        read_sirene(path, **options)
    assert "\n" not in str(caught.value)
