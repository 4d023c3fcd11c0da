"""Generated files come back through the readers as what was planted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import clusterstats as cs


def test_credits_come_back(tmp_path: Path) -> None:
    folder = cs.datasets.make_imdb(tmp_path / "imdb", works=60, people=40, seed=7)
    truth = cs.datasets.imdb_truth(works=60, people=40, seed=7)
    listed = cs.read_imdb(
        basics=folder / "title.basics.tsv.gz",
        principals=folder / "title.principals.tsv.gz",
        crew=folder / "title.crew.tsv.gz",
        names=folder / "name.basics.tsv.gz",
    )
    found = listed.collect("pandas").to_native()
    keys = ["work", "person", "category"]
    pd.testing.assert_frame_equal(
        found[keys].sort_values(keys, ignore_index=True).astype("object"),
        truth[keys].sort_values(keys, ignore_index=True).astype("object"),
    )


def test_secret_cells_keep_bounds_that_hold_the_truth(tmp_path: Path) -> None:
    path = cs.datasets.make_flores(tmp_path / "DS_FLORES_A17_2024.zip", communes=60, seed=7)
    sizes = cs.datasets.flores_truth(communes=60, seed=7)
    truth = sizes.groupby(["region", "industry"], as_index=False)["employment"].sum()
    found = cs.read_flores(path, report=lambda report: None).collect("pandas").to_native()
    both = found.merge(truth, on=["region", "industry"], suffixes=("", "_true"))
    assert len(both) > 100
    known = both[both["status"] == "observed"].dropna(subset="employment")
    assert (known["employment"] == known["employment_true"]).all()
    secret = both[both["status"] == "suppressed"]
    assert len(secret) > 0
    assert (secret["employment_low"] <= secret["employment_true"]).all()
    assert (secret["employment_true"] <= secret["employment_high"].fillna(float("inf"))).all()
