"""The order found by counting is that of the text itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import clusterstats as cs
from clusterstats.tables import Grid
from clusterstats.tables.order import EXACT, rising

LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")


def table(codes: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"establishment": pd.Series(codes, dtype="str"), **columns})


@given(st.lists(st.text("0189AZé", min_size=5, max_size=5), min_size=1, unique=True))
def test_order_is_that_of_the_text_for_codes_of_one_length(codes: list[str]) -> None:
    order = rising(table(codes), ["establishment"])
    if order is not None:
        assert [codes[k] for k in order] == sorted(codes)
    else:
        assert len({len(code.encode()) for code in codes}) > 1


@given(st.lists(st.text(LETTERS, max_size=12), min_size=1))
def test_any_text_is_ordered_rightly_or_left_to_the_sort(codes: list[str]) -> None:
    order = rising(table(codes), ["establishment"])
    if order is not None:
        assert len(set(codes)) == len(codes)
        assert [codes[k] for k in order] == sorted(codes)


@given(
    st.lists(
        st.tuples(st.text("0123456789", min_size=14, max_size=14), st.integers(1990, 2030)),
        min_size=1,
        unique=True,
    )
)
def test_years_come_second(keys: list[tuple[str, int]]) -> None:
    frame = table([code for code, _ in keys], year=[year for _, year in keys])
    order = rising(frame, ["establishment", "year"])
    assert order is not None
    assert [keys[k] for k in order] == sorted(keys)


@pytest.mark.parametrize(
    "codes",
    [["01", "02", "01"], ["1", "10"], ["", ""], ["a" * 20, "z" * 20]],
    ids=["repeated", "two lengths", "empty", "too many letters"],
)
def test_what_counting_can_not_tell_is_left_to_the_sort(codes: list[str]) -> None:
    assert rising(table(codes), ["establishment"]) is None


def test_more_rows_than_a_block_and_codes_up_to_the_exact_limit() -> None:
    numbers = np.random.default_rng(1).permutation(np.linspace(0, 10**14, 20_001).astype(np.int64))
    assert 2 * 10**14 * ord("9") < 10 * EXACT
    codes = [f"{number:015d}" for number in numbers]
    order = rising(table(codes), ["establishment"])
    assert order is not None
    assert (order == np.argsort(numbers)).all()


@pytest.mark.parametrize("prefix", ["0", "longer" * 9], ids=["counted", "sorted as text"])
@pytest.mark.parametrize("years", [1, 3])
def test_a_shuffled_table_gives_the_same_grid(prefix: str, years: int) -> None:
    rng = np.random.default_rng(2)
    listed = pd.DataFrame(
        {
            "establishment": [f"{prefix}{k // years:04d}" for k in range(300)],
            "year": [2000 + k % years for k in range(300)],
            "region": rng.choice(["A", "B", "C"], 300),
            "industry": rng.choice(["film", "music"], 300),
            "employment": rng.lognormal(size=300),
            "firm": [f"F{k}" for k in range(300)],
        }
    )
    grid = Grid.of(listed, ("employment",))
    mixed = Grid.of(listed.sample(frac=1, random_state=1), ("employment",))
    assert_frame_equal(mixed.frame, grid.frame)
    assert (mixed.flat == grid.flat).all()
    assert_frame_equal(cs.establishments(listed.sample(frac=1, random_state=1)), grid.frame)
