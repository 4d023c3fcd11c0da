"""The lines of a MESR file: the columns of a group, and the totals of each domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clusterstats.datasets._make._mesr_rows import (
    DOMAINS,
    FEWEST,
    FIELDS,
    TOTALS,
    Group,
    percent,
    school_number,
    total,
)
from clusterstats.datasets._make._plant import departments

__all__ = ["FLAVOURS", "Flavour", "lines"]

TECHNICAL = (
    "annee;diplome;numero_de_l_etablissement;etablissement;etablissementactuel;code_de_l_academie;"
    "academie;code_du_domaine;domaine;code_de_la_discipline;discipline;situation;remarque;"
    "nombre_de_reponses;taux_de_reponse;poids_de_la_discipline;taux_dinsertion;"
    "emplois_cadre_ou_professions_intermediaires;emplois_stables;emplois_a_temps_plein;"
    "salaire_net_median_des_emplois_a_temps_plein;salaire_brut_annuel_estime;"
    "de_diplomes_boursiers;taux_de_chomage_regional;salaire_net_mensuel_median_regional;"
    "emplois_cadre;emplois_exterieurs_a_la_region_de_luniversite;femmes;"
    "salaire_net_mensuel_regional_1er_quartile;salaire_net_mensuel_regional_3eme_quartile;"
    "cle_etab;cle_disc;id_paysage"
)
LABELS = (
    "Annee;Diplôme;Numéro de l'établissement;Établissement;Établissement actuel;"
    "Code de l'académie;Académie;Code du domaine;Domaine;Code de la discipline;Discipline;"
    "situation;Remarque;Nombre de réponses;Taux de réponse;Poids de la discipline;"
    "Taux d’insertion;Taux d'emploi;Taux d'emploi salarié en France;"
    "% emplois cadre ou professions intermédiaires;% emplois stables;% emplois à temps plein;"
    "Salaire net médian des emplois à temps plein;Salaire brut annuel estimé;"
    "% de diplômés boursiers;Taux de chômage régional;Salaire net mensuel médian régional;"
    "% emplois cadre;% emplois extérieurs à la région de l’université;% femmes;"
    "Salaire net mensuel régional 1er quartile;Salaire net mensuel régional 3ème quartile;"
    "cle_ETAB;cle_DISC;Id_Paysage"
)
NATION = ("UNIV", "Toutes universités et établissements assimilés")
SMALL = (
    "Université ayant participé à l'enquête mais dont l'effectif est trop petit pour que les "
    "résultats soient jugés exploitables"
)
FIRST_RATES = 2020
"""First cohort whose shares of all graduates, not of those who look for work, are shown."""


@dataclass(frozen=True)
class Flavour:
    """How an export is written; `has_rates` adds the two shares of all graduates."""

    header: str
    end: str
    has_mark: bool
    has_rates: bool


FLAVOURS = {
    "technical": Flavour(TECHNICAL, "\r\n", has_mark=False, has_rates=False),
    "labels": Flavour(LABELS, "\n", has_mark=True, has_rates=True),
}


def lines(groups: Sequence[Group], school: int | None, flavour: Flavour) -> bytes:
    """Write the groups of a school, or of the nation for none, and the totals of domains."""
    field_of = {field: (domain, field, name) for (domain, field), name in FIELDS.items()}
    texts = [_values(group, field_of[group.field], school, flavour) for group in groups]
    for domain, (code, name) in TOTALS.items():
        parts: dict[tuple[int, int], list[Group]] = {}
        for group in groups:
            if field_of[group.field][0] == domain:
                parts.setdefault((group.cohort, group.horizon), []).append(group)
        field = (domain, code, name)
        texts += [_values(total(part, code), field, school, flavour) for part in parts.values()]
    return "".join(";".join(values) + flavour.end for values in texts).encode()


def _values(
    group: Group, field: tuple[str, str, str], school: int | None, flavour: Flavour
) -> tuple[str, ...]:
    domain, code, name = field
    number, title, academy = _school(school)
    return (
        *(str(group.cohort), "MASTER LMD", number, title, "", *academy),
        *(domain, DOMAINS[domain], code, name, f"{group.horizon} mois après le diplôme"),
        SMALL if group.status == "ns" else "",
        *(str(group.respondents), "70", "10"),
        _rate(group),
        *(_rates(group) if flavour.has_rates else ()),
        *_jobs(group),
        *("27", *_regional(group, school)),
        *(_shown(group, 55), _shown(group, group.external), _shown(group, 60)),
        *_quartiles(school),
        *(f"{title}_{group.horizon}", f"{code}_{group.horizon}", f"p{number}"),
    )


def _school(school: int | None) -> tuple[str, str, tuple[str, str]]:
    if school is None:
        return (*NATION, ("", ""))
    names = departments()["region_name"].unique()
    at = school % len(names)
    return school_number(school), f"Essai {school + 1}", (f"A{at + 1:02d}", str(names[at]))


def _shown(group: Group, value: int) -> str:
    return str(value) if group.status == "observed" else group.status


def _rate(group: Group) -> str:
    """Return the share in work."""
    rate = percent(group.employed, group.respondents)
    return str(rate) if group.respondents >= FEWEST else "ns"


def _rates(group: Group) -> tuple[str, str]:
    return (_shown(group, 85), _shown(group, 75)) if group.cohort >= FIRST_RATES else ("", "")


def _jobs(group: Group) -> tuple[str, ...]:
    """Return the shares of three kinds of job, and the two salaries."""
    salary = 1_700 + group.cohort % 10 * 10
    return tuple(_shown(group, value) for value in (80, 70, 95, salary, salary * 15))


def _regional(group: Group, school: int | None) -> tuple[str, str]:
    """Return unemployment and median wage of the region, with the oddities of the original."""
    if school is not None and school % 17 == 5:
        return "fe", "."
    wage = "1\u00a0710" if group.cohort % 7 == 2 else "1780"
    return "9.8", wage


def _quartiles(school: int | None) -> tuple[str, str]:
    return (".", ".") if school is not None and school % 17 == 5 else ("1460", "2110")
