"""MESR's survey of master's graduates: the real files, both headers, special values, totals."""

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, SourceError
from clusterstats.sources.mesr import read_mesr

TECHNICAL = (
    "annee;numero_de_l_etablissement;etablissement;code_de_l_academie;code_de_la_discipline;"
    "discipline;situation;nombre_de_reponses;taux_dinsertion;"
    "emplois_exterieurs_a_la_region_de_luniversite"
)
LABELS = (
    "Annee;Numéro de l'établissement;Établissement;Code de l'académie;Code de la discipline;"
    "Discipline;situation;Nombre de réponses;Taux d’insertion;"
    "% emplois extérieurs à la région de l’université"
)
KEY = ["cohort", "institution", "field", "horizon_months"]
OUTSIDE = [
    f"outside_region_{part}" for part in ("percent", "percent_low", "percent_high", "status")
]


def line(value, *, field="disc02", discipline="Droit", uai="0999999A", name="Brume", **other):
    academy, answers = other.get("academy", "A09"), other.get("answers", "40")
    situation = other.get("situation", "30 mois après le diplôme")
    return f"2018;{uai};{name};{academy};{field};{discipline};{situation};{answers};90;{value}"


def outside(frame):
    return frame.sort("field").select(OUTSIDE).collect().rows()


@pytest.fixture(scope="module")
def mesr(data_dir):
    folder = data_dir / "mesr_insertion_master"
    if not folder.is_dir():
        pytest.skip("no folder mesr_insertion_master in the data")
    return folder


def test_the_national_file_is_its_numeric_version_without_totals(mesr):
    reports = []
    path = mesr / "fr-esr-insertion_professionnelle-master.csv.gz"
    frame = read_mesr(path, report=reports.append).collect("pandas").to_native()
    tidy = pd.read_parquet(mesr / "insertion_master_tidy.parquet")
    is_national = tidy["etablissement"].str.startswith("Toutes")
    is_total = is_national | tidy["discipline"].str.startswith("Ensemble")
    triple = ["annee", "numero_de_l_etablissement", "mois"]
    degrees = tidy.loc[tidy["code_de_la_discipline"].isin(["disc19", "disc20"]) & ~is_total, triple]
    split = pd.MultiIndex.from_frame(tidy[triple]).isin(pd.MultiIndex.from_frame(degrees))
    is_twice = (tidy["code_de_la_discipline"] == "disc18") & split & ~is_total
    names = {
        "annee": "cohort",
        "numero_de_l_etablissement": "institution",
        "code_de_la_discipline": "field",
        "mois": "horizon_months",
        "nombre_de_reponses": "respondents",
        "emplois_exterieurs_a_la_region_de_luniversite": "outside_region_percent",
        "taux_dinsertion": "insertion_percent",
        "salaire_net_median_des_emplois_a_temps_plein": "net_wage_month_eur",
        "salaire_net_mensuel_median_regional": "regional_wage_month_eur",
        "region_2016": "school_region",
    }
    expected = tidy[~is_total & ~is_twice].rename(columns=names)[list(names.values())]
    pd.testing.assert_frame_equal(
        frame[list(names.values())].sort_values(KEY, ignore_index=True),
        expected.sort_values(KEY, ignore_index=True),
        check_dtype=False,
    )
    (report,) = reports
    assert report.rows.read == 15_721
    assert report.rows.kept == len(frame)
    counts = [part.count for part in report.rows.set_aside]
    assert counts == [is_national.sum(), (is_total & ~is_national).sum(), is_twice.sum()]
    statuses = tidy[~is_total & ~is_twice]["statut_emplois_exterieurs"].value_counts()
    found = frame["outside_region_status"].value_counts()
    assert found.to_dict() == {
        "suppressed": statuses["ns"],
        "unavailable": statuses["nd"],
        "blank": statuses["vide"],
        "observed": statuses["ok"],
    }


def test_teaching_masters_set_aside_are_the_sum_of_their_degrees(mesr):
    tidy = pd.read_parquet(mesr / "insertion_master_tidy.parquet")
    wide = tidy.pivot_table(
        index=["annee", "numero_de_l_etablissement", "mois"],
        columns="code_de_la_discipline",
        values="nombre_de_reponses",
    )
    wide = wide[wide[["disc19", "disc20"]].notna().any(axis=1)]
    assert len(wide) > 60
    assert (wide["disc18"] == wide[["disc19", "disc20"]].sum(axis=1)).all()


def test_special_values_of_the_national_file(mesr):
    path = mesr / "fr-esr-insertion_professionnelle-master.csv.gz"
    raw = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    values = raw["emplois_exterieurs_a_la_region_de_luniversite"]
    assert [(values == special).sum() for special in ("ns", "nd", "")] == [6_739, 1_150, 314]


def test_the_export_with_labels(mesr):
    (path,) = mesr.glob("*labels*")
    frame = read_mesr(path, report=print).collect("pandas").to_native()
    assert len(frame) < 1_265
    assert set(frame["school_region"]) == {"11"}
    assert frame["institution"].nunique() == 11
    assert frame["employed_percent"].notna().sum() > 0
    assert not frame.duplicated(["group", "cohort", "horizon_months"]).any()


@pytest.mark.parametrize("header", [TECHNICAL, LABELS])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_bounds_and_status(write, header, end):
    values = ["34", "0", "100", "20.8", "ns", "fe", "nd", ".", ""]
    lines = [line(value, field=f"disc{i}") for i, value in enumerate(values)]
    assert outside(read_mesr(write(header, *lines, encoding="utf-8-sig", end=end))) == [
        (34.0, 33.5, 34.5, "observed"),
        (0.0, 0.0, 0.5, "observed"),
        (100.0, 99.5, 100.0, "observed"),
        (20.8, pytest.approx(20.75), pytest.approx(20.85), "observed"),
        (None, 0.0, 100.0, "suppressed"),
        (None, 0.0, 100.0, "suppressed"),
        (None, None, None, "unavailable"),
        (None, None, None, "unavailable"),
        (None, None, None, "blank"),
    ]


def test_keys_and_regions(write):
    path = write(
        TECHNICAL,
        line("1", answers="1\u00a0710"),
        line("1", field="disc03", academy="A41", situation="18 mois après le diplôme"),
    )
    columns = ["group", "cohort", "horizon_months", "school_region", "respondents"]
    assert read_mesr(path).sort("field").select(columns).collect().rows() == [
        ("0999999A disc02", 2018, 30, "32", 1710.0),
        ("0999999A disc03", 2018, 18, None, 40.0),
    ]


def totals(write):
    return write(
        TECHNICAL,
        line("1"),
        line("2", field="disc01", discipline="Ensemble formations juridiques"),
        line("3", uai="UNIV", name="Toutes universités et établissements assimilés", academy=""),
        line("4", field="disc18", discipline="Masters enseignement"),
        line("5", field="disc19", discipline="Masters enseignement : premier degré"),
        line("6", field="disc18", discipline="Masters enseignement", uai="0999998B"),
    )


def test_totals_are_set_aside_and_counted(write):
    reports = []
    frame = read_mesr(totals(write), report=reports.append).sort("outside_region_percent")
    assert frame.select("outside_region_percent").collect().rows() == [(1.0,), (5.0,), (6.0,)]
    (report,) = reports
    assert [(p.count, p.first_line) for p in report.rows.set_aside] == [(1, 4), (1, 3), (1, 5)]
    assert report.rows.kept == 3


def test_totals_without_a_report_warn(write):
    with pytest.warns(ClusterstatsWarning, match="national total"):
        read_mesr(totals(write))


def test_lazy_and_typed(write):
    frame = read_mesr(write(TECHNICAL, line("1")))
    assert isinstance(frame, nw.LazyFrame)
    schema = frame.collect_schema()
    assert schema["cohort"] == schema["horizon_months"] == nw.Int64
    assert schema["outside_region_percent_low"] == schema["respondents"] == nw.Float64


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (line("34%"), r"u.csv, line 2, column '.*luniversite': '34%' is not a percent of 0 to 100"),
        (line("101"), "'101' is not a percent"),
        (line("-1"), "'-1' is not a percent"),
        (line("1", answers="x"), "column 'nombre_de_reponses': 'x' is not a number"),
        (line("1", uai="12"), "'12' is not a UAI code"),
        (line("1", field=""), "a blank is not the code of a discipline"),
        (line("1", situation="bientôt"), "'bientôt' is not a situation"),
        (line("1") + ";9", "line 2: 11 value"),
    ],
)
def test_bad_values(write, bad, message):
    with pytest.raises(SourceError, match=message):
        read_mesr(write(TECHNICAL, bad))


def test_a_repeated_key(write):
    with pytest.raises(SourceError, match=r"line 3: .*repeats line 2"):
        read_mesr(write(TECHNICAL, line("1"), line("2")))


def test_a_missing_column(write):
    with pytest.raises(SourceError, match="column 'discipline' is missing"):
        read_mesr(write(TECHNICAL.replace(";discipline;", ";disc;"), line("1")))
