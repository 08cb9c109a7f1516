"""Claims read backwards: the published table of what a saving of time buys, and what growth by cost alone would ask for."""

import csv

import pytest

from abm.corridor.explain import explain
from abm.rules.reverse import one_off_gain, price_factor_needed
from tests.validation import reference_file


def test_a_saving_of_time_buys_what_the_published_table_says() -> None:
    rows = list(csv.DictReader(reference_file("claim_reverse_test.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 60
    for row in rows:
        days, saving, per_day, elasticity = (
            float(row[name]) for name in ("baseline_days", "saving_pct", "AVE_pct_per_day", "elasticity")
        )
        gain = one_off_gain(days, saving / 100.0, per_day / 100.0, elasticity)
        assert 100.0 * gain == pytest.approx(float(row["one_off_trade_increase_pct"]), abs=0.01)


def test_twenty_per_cent_a_year_for_five_years_needs_prices_a_fifth_to_a_third_lower() -> None:
    assert 1.0 - price_factor_needed(0.20, 5, 2.0) == pytest.approx(0.366, abs=5e-4)
    assert 1.0 - price_factor_needed(0.20, 5, 4.0) == pytest.approx(0.204, abs=5e-4)


def test_both_readings_undo_each_other() -> None:
    factor = price_factor_needed(0.08, 3, 2.5)
    assert one_off_gain(1.0, 1.0 - factor, 1.0, 2.5) == pytest.approx(1.08**3 - 1.0)


@pytest.mark.parametrize("arguments", [(-1.0, 5, 2.0), (0.2, 5, 0.0)])
def test_what_has_no_answer_is_refused(arguments: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        price_factor_needed(*arguments)


def test_a_saving_of_more_than_the_whole_price_is_refused() -> None:
    with pytest.raises(ValueError, match="must be < 1"):
        one_off_gain(100.0, 0.5, 0.02, 2.0)


def test_explain_reads_a_case_s_claims_backwards() -> None:
    told = " ".join(explain("south-caucasus").split())
    assert (
        "20% a year over 5 years is 149% in all, for which delivered prices would have to fall by 14% to 37% for good"
        in told
    )
    assert "of every 10 days of journey it saves 3, which raises trade in manufactures once by 1% to 25%" in told
