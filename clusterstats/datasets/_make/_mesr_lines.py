"""The lines of a MESR file: the 33 columns of a group, and the totals of each domain."""

from __future__ import annotations

from collections.abc import Sequence

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

__all__ = ["HEADER", "lines"]

HEADER = (
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
NATION = ("UNIV", "Toutes universités et établissements assimilés")
SMALL = (
    "Université ayant participé à l'enquête mais dont l'effectif est trop petit pour que les "
    "résultats soient jugés exploitables"
)


def lines(groups: Sequence[Group], school: int | None) -> bytes:
    """Write the groups of a school, or of the nation for none, and the totals of domains."""
    field_of = {field: (domain, field, name) for (domain, field), name in FIELDS.items()}
    every = [_line(group, field_of[group.field], school) for group in groups]
    for domain, (code, name) in TOTALS.items():
        parts: dict[tuple[int, int], list[Group]] = {}
        for group in groups:
            if field_of[group.field][0] == domain:
                parts.setdefault((group.cohort, group.horizon), []).append(group)
        every += [_line(total(part, code), (domain, code, name), school) for part in parts.values()]
    return "".join(f"{line}\r\n" for line in every).encode()


def _line(group: Group, field: tuple[str, str, str], school: int | None) -> str:
    domain, code, name = field
    number, title, academy = _school(school)
    rate = percent(group.employed, group.respondents)
    values = (
        *(str(group.cohort), "MASTER LMD", number, title, "", *academy),
        *(domain, DOMAINS[domain], code, name, f"{group.horizon} mois après le diplôme"),
        SMALL if group.status == "ns" else "",
        *(str(group.respondents), "70", "10"),
        *_jobs(group, rate),
        *("27", *_regional(group, school)),
        *(_shown(group, 55), _shown(group, group.external), _shown(group, 60)),
        *_quartiles(school),
        *(f"{title}_{group.horizon}", f"{code}_{group.horizon}", f"p{number}"),
    )
    return ";".join(values)


def _school(school: int | None) -> tuple[str, str, tuple[str, str]]:
    if school is None:
        return (*NATION, ("", ""))
    names = departments()["region_name"].unique()
    at = school % len(names)
    return school_number(school), f"Essai {school + 1}", (f"A{at + 1:02d}", str(names[at]))


def _shown(group: Group, value: int) -> str:
    return str(value) if group.status == "observed" else group.status


def _jobs(group: Group, rate: int) -> tuple[str, ...]:
    """Return the share in work, three kinds of job, and the two salaries."""
    salary = 1_700 + group.cohort % 10 * 10
    kinds = (_shown(group, value) for value in (80, 70, 95, salary, salary * 15))
    return (str(rate) if group.respondents >= FEWEST else "ns", *kinds)


def _regional(group: Group, school: int | None) -> tuple[str, str]:
    """Return unemployment and median wage of the region, with the oddities of the original."""
    if school is not None and school % 17 == 5:
        return "fe", "."
    wage = "1\u00a0710" if group.cohort % 7 == 2 else "1780"
    return "9.8", wage


def _quartiles(school: int | None) -> tuple[str, str]:
    return (".", ".") if school is not None and school % 17 == 5 else ("1460", "2110")
