"""Film shoots in Paris: the real files, both headers, degrees and Lambert-93 metres."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import SourceError
from clusterstats.sources.film_shoots import read_film_shoots

TECHNICAL = (
    "id_lieu;annee_tournage;type_tournage;nom_tournage;nom_realisateur;nom_producteur;"
    "adresse_lieu;ardt_lieu;date_debut;date_fin;coord_x;coord_y"
)
LABELS = (
    "Identifiant du lieu;Année du tournage;Type de tournage;Titre;Réalisateur;Producteur;"
    "Localisation de la scène;Code postal;Date de début;Date de fin;Coordonnée en X;"
    "Coordonnée en Y"
)
START = "Téléfilm;AUBE;;BRUME;quai, 75005 paris"
DEGREES = 1e-8  # the publisher writes eight decimals, a millimetre


def line(x, y, *, key="1", postcode="75005", start="2023-02-03"):
    return f"{key};2023;{START};{postcode};{start};2023-02-05;{x};{y}"


def places(frame):
    columns = ["coordinates", "lon", "lat", "x", "y"]
    return frame.sort("shoot").select(columns).collect().rows()


@pytest.fixture(scope="module")
def paris(data_dir):
    folder = data_dir / "paris_lieux_tournage"
    if not folder.is_dir():
        pytest.skip("no folder paris_lieux_tournage in the data")
    return folder


@pytest.mark.parametrize(
    ("name", "metres"),
    [("raw_sample_labels_2026.csv.gz", 55), ("raw_sample_technical_2021.csv.gz", 0)],
)
def test_the_real_samples_lie_where_their_own_point_column_says(paris, name, metres):
    raw = pd.read_csv(paris / name, sep=";", dtype=str, encoding="utf-8-sig")
    point = raw["geo_point_2d"].str.split(",", expand=True).astype(float)
    expected = pd.DataFrame({"shoot": raw.iloc[:, 0], "lat": point[0], "lon": point[1]})
    frame = read_film_shoots(paris / name).collect("pandas").to_native()
    both = frame.merge(expected, on="shoot", validate="1:1", suffixes=("", "_said"))
    assert len(both) == 200
    assert (both["coordinates"] == "lambert93").sum() == metres == both["x"].notna().sum()
    for axis in ("lon", "lat"):
        np.testing.assert_allclose(both[axis], both[f"{axis}_said"], rtol=0, atol=DEGREES)


def test_the_whole_file_in_degrees(paris):
    reports = []
    path = paris / "lieux_de_tournage_paris.csv.gz"
    frame = read_film_shoots(path, report=reports.append).collect("pandas").to_native()
    raw = pd.read_csv(path, dtype=str).set_index("id_lieu").loc[frame["shoot"]]
    assert len(frame) == reports[0].rows.kept == 14_760
    assert frame["region"].isna().sum() == 22
    assert (frame["region"].fillna("") == raw["com_insee"].fillna("").to_numpy()).all()
    assert frame["kind"].value_counts().to_dict() == {
        "Long métrage": 7_687,
        "Série TV": 5_616,
        "Téléfilm": 832,
        "Série Web": 625,
    }
    assert frame["producer"].str.upper().nunique() == 911
    assert frame["lon"].between(2.22, 2.51).all()
    assert frame["lat"].between(48.76, 48.93).all()


@pytest.mark.parametrize("header", [TECHNICAL, LABELS])
def test_degrees_and_metres_in_the_same_columns(write, header):
    rows = line("2.37", "48.8"), line("700000", "6600000.0", key="2"), line("", "", key="3")
    path = write(header, *rows, encoding="utf-8-sig", end="\r\n")
    origin = pytest.approx(3.0), pytest.approx(46.5), 700_000.0, 6_600_000.0
    assert places(read_film_shoots(path)) == [
        ("degrees", 2.37, 48.8, None, None),
        ("lambert93", *origin),
        (None, None, None, None, None),
    ]


def test_the_inverse_returns_what_the_projection_gives(write):
    """Forward formulas of the projection, written from IGN's notice NT/G 71."""
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-5, 9.5, 200), rng.uniform(41.4, 51.1, 200)
    e, n, c, ys = 0.08181919104281579, 0.7256077650, 11_754_255.426, 12_655_612.050
    sine = e * np.sin(np.radians(lat))
    isometric = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) - e * np.arctanh(sine)
    radius, angle = c * np.exp(-n * isometric), n * np.radians(lon - 3)
    x, y = 700_000 + radius * np.sin(angle), ys - radius * np.cos(angle)
    rows = [line(f"{x[i]:.4f}", f"{y[i]:.4f}", key=f"{i:03d}") for i in range(len(x))]
    frame = read_film_shoots(write(TECHNICAL, *rows)).sort("shoot").collect("pandas").to_native()
    np.testing.assert_allclose(frame["lon"], lon, rtol=0, atol=DEGREES)
    np.testing.assert_allclose(frame["lat"], lat, rtol=0, atol=DEGREES)


def test_the_rest_of_a_row(write):
    frame = read_film_shoots(write(TECHNICAL, line("2.37", "48.8", postcode="75016")))
    (row,) = frame.drop("lon", "lat", "x", "y", "coordinates").collect().rows(named=True)
    assert row == {
        "shoot": "1",
        "year": 2023,
        "region": "75116",
        "kind": "Téléfilm",
        "work": "AUBE",
        "director": None,
        "producer": "BRUME",
        "address": "quai, 75005 paris",
        "postcode": "75016",
        "start": "2023-02-03",
        "end": "2023-02-05",
    }
    assert isinstance(frame, nw.LazyFrame)


@pytest.mark.parametrize(
    ("postcode", "region"),
    [("75001", "75101"), ("75116", "75116"), ("75020", "75120"), ("75021", None), ("93200", None)],
)
def test_region_of_a_postcode(write, postcode, region):
    frame = read_film_shoots(write(TECHNICAL, line("2.37", "48.8", postcode=postcode)))
    assert frame.select("region").collect().item() == region


@pytest.mark.parametrize(
    ("x", "y"),
    [("2.37", "6600000"), ("700000", "48.8"), ("2.37", ""), ("x", "48.8"), ("70000000", "6600000")],
)
def test_a_place_that_is_neither(write, x, y):
    message = r"u.csv, line 2, column 'coord_.': .*degrees or Lambert-93 metres"
    with pytest.raises(SourceError, match=message):
        read_film_shoots(write(TECHNICAL, line(x, y)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"postcode": "7505"}, "column 'ardt_lieu': '7505' is not a postcode"),
        ({"start": "03/02/2023"}, "column 'date_debut': '03/02/2023' is not a date"),
        ({"key": ""}, "a blank is not the identifier of a shoot"),
    ],
)
def test_bad_values(write, options, message):
    with pytest.raises(SourceError, match=message):
        read_film_shoots(write(TECHNICAL, line("2.37", "48.8", **options)))


def test_a_repeated_shoot(write):
    with pytest.raises(SourceError, match="line 3: .*repeats line 2"):
        read_film_shoots(write(TECHNICAL, line("2.37", "48.8"), line("2.38", "48.8")))


def test_a_missing_column(write):
    with pytest.raises(SourceError, match="column 'coord_y' is missing; the nearest is 'coord_z'"):
        read_film_shoots(write(TECHNICAL.replace("coord_y", "coord_z"), line("2.37", "48.8")))


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_engines_agree(write, engine):
    lines = line("2.37", "48.8"), line("652451.1", "6861399.8", key="2"), line("", "", key="3")
    path = write(TECHNICAL, *lines)
    first, other = read_film_shoots(path), read_film_shoots(path, engine=engine)
    assert first.collect_schema() == other.collect_schema()
    found = [
        f.sort("shoot").collect("pyarrow").select(*first.columns).rows() for f in (first, other)
    ]
    for one, two in zip(*found, strict=True):
        assert one == tuple(
            pytest.approx(v, rel=0, abs=1e-8) if isinstance(v, float) else v for v in two
        )
