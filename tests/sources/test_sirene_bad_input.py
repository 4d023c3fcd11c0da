"""Bad SIRENE files: one sentence that names file, column, line, value and remedy."""

import zipfile

import pytest

from tests.sources.sirene_files import CURRENT, as_csv, as_parquet, one, refused


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"siret": "1234"}, "'siret': '1234' is not a SIRET of 14 digits"),
        ({"siret": ""}, "'siret': a blank is not a SIRET"),
        ({"commune": "1004"}, "'codeCommuneEtablissement': '1004' is not a commune code"),
        ({"band": "99"}, "'trancheEffectifsEtablissement': '99' is not a size class: NN, 00"),
        ({"created": "2015-02-30"}, "'dateCreationEtablissement': '2015-02-30' is not a date"),
        ({"created": "1900-02-29"}, "'1900-02-29' is not a date"),
        ({"start": "01/02/2015"}, "'dateDebut': '01/02/2015' is not a date"),
        ({"state": "O"}, "'etatAdministratifEtablissement': 'O' is not A (active) or F"),
        ({"state": ""}, "'etatAdministratifEtablissement': a blank is not A"),
        ({"seat": "oui"}, "'etablissementSiege': 'oui' is not true or false"),
        ({"ape": "5911"}, "'activitePrincipaleEtablissement': '5911' is not a NAF rev. 2 code"),
        ({"ape": "cinéma"}, "'activitePrincipaleEtablissement': 'cinéma' is not a NAF code"),
        ({"diffusion": "X"}, "'statutDiffusionEtablissement': 'X' is not O, P or N"),
        ({"x": "12,5", "y": "1"}, "'12,5' is not a number with a decimal point"),
    ],
)
def test_impossible_values(tmp_path, values, message):
    path = as_csv(tmp_path / "s.csv", [one(1), one(2, **values)])
    refused(path, "s.csv, line 3, column ", message)


def test_repeated_siret(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one(1), one(2), one(1)])
    refused(path, "s.csv, line 4: ('00000000100011',) in columns 'siret' repeats line 2")


@pytest.mark.parametrize("column", ["siret", "trancheEffectifsEtablissement", "dateDebut"])
def test_missing_column(tmp_path, column):
    columns = [name if name != column else f"{name}s" for name in CURRENT]
    rows = [{f"{k}s" if k == column else k: v for k, v in one().items()}]
    refused(
        as_csv(tmp_path / "s.csv", rows, columns),
        f"s.csv, line 1: column {column!r} is missing; the nearest is '{column}s'",
    )


def test_bad_files(tmp_path):
    refused(
        as_csv(tmp_path / "d.csv", [one()], delimiter=";"),
        "d.csv, line 1: the delimiter is ';', not ','",
    )
    refused(as_csv(tmp_path / "e.csv", []), "e.csv: a header without rows")
    path = as_csv(tmp_path / "g.csv.gz", [one(i) for i in range(500)])
    path.write_bytes(path.read_bytes()[:-30])
    refused(path, "g.csv.gz is a truncated or damaged gzip file")
    path = as_csv(tmp_path / "t.csv", [one(1), one(2)])
    path.write_bytes(path.read_bytes()[:-60])
    refused(path, "t.csv, line 3: ", "where the header has 54 columns")
    path = as_parquet(tmp_path / "p.parquet", [one()])
    path.write_bytes(path.read_bytes()[:-20])
    refused(path, "p.parquet can't be read as a Parquet file")


def test_bad_zips(tmp_path):
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "nothing")
    refused(path, "s.zip holds no .csv or .parquet but ['readme.txt']")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", bytes(150 << 20))
    refused(path, "s.zip: bomb.csv would swell from", "as no table does")
    path.write_bytes(path.read_bytes()[:-10])
    refused(path, "s.zip is a truncated, damaged or locked zip")


def test_zips_within_zips(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one()])
    for depth in range(4):
        outer = tmp_path / f"{depth}.zip"
        with zipfile.ZipFile(outer, "w") as archive:
            archive.write(path, path.name)
        path = outer
    refused(path, "3.zip holds zips within zips; unpack it")
