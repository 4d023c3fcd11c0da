"""Every table of the founding documents, and what their numbers imply."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import clusterstats as cs
from clusterstats.report import Exhibit, compare, interval_plot

from . import derived, documents, three_clusters

TITLE = "The founding documents, table by table"
QUESTION = "What do the five founding documents say in numbers, and do these numbers hold together?"

COPIED = "as printed in the document; each row names its claim and quotes it"


def exhibits() -> list[Exhibit]:
    """Tables of the documents, what they imply, and printed against computed."""
    return [
        _clusters_by_country(),
        _three_clusters(),
        _key_success_factors(),
        _sector_counts(),
        _sector_codes(),
        _timeline(),
        _contradictions(),
        _counted(),
        _derived(),
        _comparison(),
        _claims(),
    ]


def comparison() -> pd.DataFrame:
    """The published values beside the computed ones."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    parts = [derived.derived_checks()[["item", "estimate"]], derived.interval_ends()]
    computed = pd.concat([*parts, derived.restated(), derived.countries()], ignore_index=True)
    return compare(computed, published)


def _source(dataset: str) -> str:
    return cs.datasets.describe(dataset).source


def _clusters_by_country() -> Exhibit:
    return Exhibit(
        name="clusters_by_country",
        title="Clusters identified in ten European countries",
        table=documents.clusters_by_country(),
        sample="11 counts of 10 countries",
        definition=f"number of clusters of a kind, {COPIED}; totals are sums of the rows above",
        source=_source("clusters_by_country"),
        note="842 in all, 775 without the French pôles; the countries count different things, so "
        "neither total says where clusters abound.",
    )


def _three_clusters() -> Exhibit:
    table = three_clusters.facts()
    clusters = table[table["cluster"] != three_clusters.TOGETHER]
    figure = interval_plot(
        clusters,
        x="cluster",
        low="estimate_low",
        high="estimate_high",
        by="quantity",
        x_label="",
        y_label="members",
    )
    return Exhibit(
        name="three_clusters",
        title="Members of the three multimedia clusters, as points and as bounds",
        table=table,
        figure=figure,
        sample="three clusters of document S002 and their 448 members",
        definition="low and high: the whole numbers of members that agree with the printed words; "
        "estimate: the printed share times the printed members, where a share is printed",
        source=_source("claims"),
        note="“More than half” and “more than 70%” give bounds, never a point. Whether 70% holds "
        "in each cluster or in the three together is not said: both readings are shown.",
    )


def _key_success_factors() -> Exhibit:
    return Exhibit(
        name="key_success_factors",
        title="The grid of 28 key success factors",
        table=documents.key_success_factors(),
        sample="28 lines of table 3, document S000 (claim S000-19)",
        definition="quote is the line, character for character; all other columns are our "
        "proposal for measuring it",
        source=_source("key_success_factors"),
        note="The document names the factors and measures none of them.",
    )


def _sector_counts() -> Exhibit:
    return Exhibit(
        name="sector_counts",
        title="Definitions of the sector and their number of codes",
        table=documents.sector_counts(),
        sample="8 definitions, 186 codes",
        definition="codes of each definition; partial ones belong by a share that is not known "
        "(counted here as if they belonged)",
        source="ESSnet-Culture, DCMS, KEA, UNCTAD, WIPO and INSEE, as the column source says",
        note="The definition decides the sector's size; confidence says how sure the list is.",
    )


def _sector_codes() -> Exhibit:
    return Exhibit(
        name="sector_codes",
        title="Codes of every definition",
        table=documents.sector_codes(),
        sample="186 codes of 8 definitions",
        definition="weight is the part of the code that belongs; – is a share that is not known",
        source="ESSnet-Culture, DCMS, KEA, UNCTAD, WIPO and INSEE, as the table before says",
    )


def _timeline() -> Exhibit:
    table = documents.timeline()
    return Exhibit(
        name="timeline",
        title="Timeline of dated claims",
        table=table,
        sample=f"{len(table)} claims in years, months or decades",
        definition=f"date {COPIED}; a decade is its first and last year, “after” has no last year",
        source=_source("claims"),
        note="Regional and national labels, launches and mergers fall in 2002, 2005, 2006, 2007, "
        "2009 and 2010: any effect of a label has to be measured against these dates.",
    )


def _contradictions() -> Exhibit:
    return Exhibit(
        name="contradictions",
        title="Where the documents contradict themselves",
        table=documents.contradictions(),
        sample="5 conflicts, 9 claims",
        definition=f"both sides {COPIED}",
        source=_source("claims"),
        note="Both sides stay; none is chosen in silence.",
    )


def _counted() -> Exhibit:
    return Exhibit(
        name="counted_items",
        title="What the documents list, counted",
        table=documents.counted_items(),
        sample="11 lists",
        definition="number of items in a list of the document, counted by us; the quotation "
        "opens the list",
        source=_source("claims"),
    )


def _derived() -> Exhibit:
    table = derived.derived_checks()
    return Exhibit(
        name="derived_checks",
        title="What the printed numbers imply",
        table=table,
        sample=f"{len(table)} numbers derived from the claims",
        definition="the formula of each row, in claim ids, computed in exact fractions",
        estimand="jobs per company: the mean of a Poisson count of jobs, over companies",
        inference="jobs per company: exact (Garwood 1936) 95% interval; the others are arithmetic",
        source=_source("claims"),
        note="10 jobs for 25 companies are 0.40 a company, but a rate of 0.19 or of 0.74 agrees "
        "with that count too. Image establishments of north Paris are 2.27 times as large as "
        "others: 65% of the jobs on 45% of the establishments is partly plant size.",
    )


def _comparison() -> Exhibit:
    return Exhibit.from_result(
        "comparison",
        "Printed values against computed ones",
        comparison(),
        source="published.csv of this analysis: the documents' own values, and the derived ones "
        "worked by hand",
    )


def _claims() -> Exhibit:
    return Exhibit(
        name="claims",
        title="Every claim with its quotation",
        table=documents.claims(),
        sample="110 claims: 99 printed, 11 counted",
        definition="value as printed; value_low and value_high are it as an interval",
        source=_source("claims"),
        note="“Schools” (S001-06) is a mistranslation of “établissements”: establishments.",
    )
