"""The columns of StockEtablissement, in their order, and how an establishment fills them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterstats.datasets._make._sirene_rows import Plan, Rows, bands, luhn_key
from clusterstats.datasets._make._writing import Array, label, labels, text

__all__ = ["COLUMNS", "COUNTRY", "filled", "old_code"]

GEOCODED = (
    "longitude",
    "latitude",
    "geo_score",
    "geo_type",
    "geo_adresse",
    "geo_id",
    "geo_ligne",
    "geo_l4",
    "geo_l5",
)
NEW = {
    "dernierNumeroVoieEtablissement",
    "indiceRepetitionDernierNumeroVoieEtablissement",
    "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement",
    "activitePrincipaleNAF25Etablissement",
}
CURRENT = (
    "siren",
    "nic",
    "siret",
    "statutDiffusionEtablissement",
    "dateCreationEtablissement",
    "trancheEffectifsEtablissement",
    "anneeEffectifsEtablissement",
    "activitePrincipaleRegistreMetiersEtablissement",
    "dateDernierTraitementEtablissement",
    "etablissementSiege",
    "nombrePeriodesEtablissement",
    "complementAdresseEtablissement",
    "numeroVoieEtablissement",
    "indiceRepetitionEtablissement",
    "dernierNumeroVoieEtablissement",
    "indiceRepetitionDernierNumeroVoieEtablissement",
    "typeVoieEtablissement",
    "libelleVoieEtablissement",
    "codePostalEtablissement",
    "libelleCommuneEtablissement",
    "libelleCommuneEtrangerEtablissement",
    "distributionSpecialeEtablissement",
    "codeCommuneEtablissement",
    "codeCedexEtablissement",
    "libelleCedexEtablissement",
    "codePaysEtrangerEtablissement",
    "libellePaysEtrangerEtablissement",
    "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement",
    "complementAdresse2Etablissement",
    "numeroVoie2Etablissement",
    "indiceRepetition2Etablissement",
    "typeVoie2Etablissement",
    "libelleVoie2Etablissement",
    "codePostal2Etablissement",
    "libelleCommune2Etablissement",
    "libelleCommuneEtranger2Etablissement",
    "distributionSpeciale2Etablissement",
    "codeCommune2Etablissement",
    "codeCedex2Etablissement",
    "libelleCedex2Etablissement",
    "codePaysEtranger2Etablissement",
    "libellePaysEtranger2Etablissement",
    "dateDebut",
    "etatAdministratifEtablissement",
    "enseigne1Etablissement",
    "enseigne2Etablissement",
    "enseigne3Etablissement",
    "denominationUsuelleEtablissement",
    "activitePrincipaleEtablissement",
    "nomenclatureActivitePrincipaleEtablissement",
    "caractereEmployeurEtablissement",
    "activitePrincipaleNAF25Etablissement",
)
COLUMNS = {54: CURRENT, 57: (*(name for name in CURRENT if name not in NEW), *GEOCODED)}
STREETS = ("DE L'ESSAI", 'DU "MODELE"', "DES CHIFFRES, NORD", "DE LA COHORTE", "DU TIRAGE")
KINDS = ("RUE", "AV", "CHE", "PL")
SIGNS = ("ATELIER ESSAI", 'CHEZ "LUHN"', "IMAGES, SONS ET CIE")
MASK = "[ND]"
COUNTRY = "99131"


def filled(plan: Plan, rows: Rows) -> dict[str, Any]:
    """Return every column of some establishments, as text; nulls are blank."""
    many = len(rows.firm)
    blank = labels(None, many)
    known = {**_identity(rows), **_size(rows), **_life(rows), **_activity(plan, rows)}
    known |= _address(plan, rows)
    known |= _lambert(plan, rows) if plan.columns == 54 else _degrees(plan, rows)
    return {name: known.get(name, blank) for name in COLUMNS[plan.columns]}


def _identity(rows: Rows) -> dict[str, Any]:
    body = rows.firm + 1
    siren = body * 10 + luhn_key(body)
    stem = siren * 10_000 + rows.rank + 1
    siret = stem * 10 + luhn_key(stem)
    return {
        "siren": text(siren, width=9),
        "nic": text(siret % 100_000, width=5),
        "siret": text(siret, width=14),
        "statutDiffusionEtablissement": label(("O", "P"), rows.is_partial.astype(int)),
        "etablissementSiege": label(("false", "true"), (rows.rank == 0).astype(int)),
    }


def _size(rows: Rows) -> dict[str, Any]:
    codes = bands()["size_band"].tolist()
    return {
        "trancheEffectifsEtablissement": label(codes, rows.band, missing=rows.band < 0),
        "anneeEffectifsEtablissement": label(("2023",), rows.band * 0, missing=rows.band <= 0),
        "caractereEmployeurEtablissement": label(("N", "O"), (rows.band > 0).astype(int)),
    }


def _life(rows: Rows) -> dict[str, Any]:
    is_closed = rows.closed >= 0
    has_changed = ~is_closed & (rows.noise % 3 == 0)
    start = np.where(is_closed, rows.closed, rows.opened)
    periods = 1 + is_closed.astype(int) + has_changed
    return {
        "dateCreationEtablissement": _date(rows.opened),
        "dateDebut": _date(start),
        "dateDernierTraitementEtablissement": label(("2024-12-31T08:00:00",), rows.firm * 0),
        "nombrePeriodesEtablissement": text(periods),
        "etatAdministratifEtablissement": label(("A", "F"), is_closed.astype(int)),
    }


def _date(days: Array) -> Any:
    dates: Any = pc
    return dates.cast(pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()), pa.string())


def old_code(code: str) -> str:
    """Return a made-up code in the form of NAF rév. 1: ``59.11A`` gives ``59.1A``."""
    return code[:4] + code[5:]


def _activity(plan: Plan, rows: Rows) -> dict[str, Any]:
    codes = plan.places.industries
    both = [*codes, *(old_code(code) for code in codes)]
    is_old = rows.is_old_code.astype(int)
    signs = label(SIGNS, rows.noise % 3, missing=(rows.noise % 7 > 0) | rows.is_partial)
    return {
        "activitePrincipaleEtablissement": label(both, rows.industry + is_old * len(codes)),
        "nomenclatureActivitePrincipaleEtablissement": label(("NAFRev2", "NAFRev1"), is_old),
        "enseigne1Etablissement": signs,
    }


def _address(plan: Plan, rows: Rows) -> dict[str, Any]:
    codes = plan.places.communes
    is_abroad = rows.commune < 0
    at = np.where(rows.is_hidden, len(codes), np.maximum(rows.commune, 0))
    masked = rows.is_partial
    numbers = tuple(str(number) for number in range(1, 100))
    return {
        "numeroVoieEtablissement": _masked(numbers, rows.noise % 99, masked),
        "typeVoieEtablissement": _masked(KINDS, rows.noise % 4, masked),
        "libelleVoieEtablissement": _masked(STREETS, rows.noise % 5, masked),
        "codePostalEtablissement": label(
            [*(code[:2] + "000" for code in codes), MASK], at, missing=is_abroad
        ),
        "libelleCommuneEtablissement": label(
            [*(f"ESSAI {code}" for code in codes), MASK], at, missing=is_abroad
        ),
        "codeCommuneEtablissement": label([*codes, MASK], at, missing=is_abroad),
        "libelleCommuneEtrangerEtablissement": label(("BRUXELLES",), at * 0, missing=~is_abroad),
        "codePaysEtrangerEtablissement": label((COUNTRY,), at * 0, missing=~is_abroad),
        "libellePaysEtrangerEtablissement": label(("BELGIQUE",), at * 0, missing=~is_abroad),
    }


def _masked(values: tuple[str, ...], at: Array, masked: Array) -> Any:
    return label((*values, MASK), np.where(masked, len(values), at))


def _place(plan: Plan, rows: Rows) -> tuple[Array, Array]:
    """Return where an establishment is, two whole numbers from 0 to 9999: commune and noise."""
    centre = np.maximum(rows.commune, 0) * 7_919
    jitter = rows.noise % 100
    return (centre + jitter) % 10_000, (centre // 10_000 * 613 + jitter) % 10_000


def _lambert(plan: Plan, rows: Rows) -> dict[str, Any]:
    """Metres with one decimal, `[ND]` where masked, nothing abroad."""
    east, north = _place(plan, rows)
    made: dict[str, Any] = {}
    for axis, metres in (("Abscisse", 200_000 + east * 90), ("Ordonnee", 6_100_000 + north * 90)):
        written = pc.binary_join_element_wise(text(metres), text(rows.noise % 10), ".")
        shown = pc.if_else(pa.array(rows.is_partial), MASK, written)
        abroad = pa.scalar(None, pa.string())
        name = f"coordonneeLambert{axis}Etablissement"
        made[name] = pc.if_else(pa.array(rows.commune < 0), abroad, shown)
    return made


def _degrees(plan: Plan, rows: Rows) -> dict[str, Any]:
    """Degrees with four decimals, as in the geocoded files; nothing abroad."""
    east, north = _place(plan, rows)
    is_abroad = rows.commune < 0
    dates: Any = pc
    longitude = (10_000 + east * 5) / 10_000
    latitude = (430_000 + north * 7) / 10_000
    return {
        "longitude": dates.cast(pa.array(longitude, mask=is_abroad), pa.string()),
        "latitude": dates.cast(pa.array(latitude, mask=is_abroad), pa.string()),
        "geo_score": label(("0.87",), rows.firm * 0, missing=is_abroad),
        "geo_type": label(("housenumber",), rows.firm * 0, missing=is_abroad),
    }
