from dataclasses import replace

import pytest

from abm.corridor.catalogue import packaged_cases, packaged_histories
from abm.corridor.explain import ALL, chosen, explain, overview, sections
from abm.corridor.load import load
from abm.corridor.prose import Grid, Points, Section, lay_out, listed, tonnes_text
from abm.corridor.tables import Case
from abm.errors import InputError


@pytest.fixture(scope="module")
def toy() -> Case:
    return load("toy")


@pytest.fixture(scope="module")
def told(toy: Case) -> str:
    return explain(toy)


def flat(text: str) -> str:
    """The text without line breaks, for sentences that wrap."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_asked(toy: Case, width: int) -> None:
    numbers = 78  # tables of numbers do not wrap below this
    assert max(len(line) for line in explain(toy, width).splitlines()) <= max(width, numbers)


def test_every_packaged_case_fits_a_hundred_columns() -> None:
    for name in packaged_cases():
        assert max(len(line) for line in explain(name).splitlines()) <= 100


def test_kilometres_are_summed_by_mode_and_status(told: str) -> None:
    row = next(line for line in told.splitlines() if line.startswith("road "))
    assert row.split() == ["road", "1,025", "km", "(5)", "185", "km", "(1)"]


def test_a_border_tells_dwell_of_both_sides_and_the_smaller_capacity(told: str) -> None:
    there = next(line for line in told.splitlines() if "Ardel - Corin (road)" in line and "XA > XC" in line)
    back = next(line for line in told.splitlines() if "XC > XA" in line and "7.0" in line)
    assert there.split()[-5:] == ["open", "7.0", "3.0-14.0", "55", "80"]
    assert back.split()[-4:] == ["7.0", "3.0-14.0", "72", "80"]


def test_a_border_that_is_the_same_both_ways_takes_one_line(told: str) -> None:
    lines = [line for line in told.splitlines() if "Asko - Bekra (rail 1435)" in line and "<>" in line]
    assert [line.split()[-5:] for line in lines] == [["closed", "20.0", "9.0-42.0", "30", "35"]]


def test_what_posts_do_by_themselves_is_told_in_a_sentence_each(toy: Case) -> None:
    words = flat(explain(toy))
    assert "At 4 posts 10 % of the capacity is manned only on overtime" in words
    assert "from the morning on which the line takes 6 h at the regular rate." in words
    assert "On alert, inspection adds 30 % to the dwell at 4 posts." in words
    assert "2 posts have places in line for 20 consignments" in words
    assert "2 posts publish no times" in words


def test_of_posts_that_only_serve_nothing_is_said(toy: Case) -> None:
    plain = {"overtime_share": 0.0, "alert_dwell_share": 0.0, "publishes": True, "queue_max": None}
    posts = tuple(post.model_copy(update=plain) for post in toy.posts)
    words = flat(explain(replace(toy, posts=posts)))
    assert not any(
        one in words for one in ("manned only on overtime", "On alert, inspection", "places in line", "publish no")
    )


def test_a_shut_link_names_the_policies_that_open_it(told: str) -> None:
    assert "Asko - Bekra (rail 1435), 180 km, closed: opened by reopen, reopen-rail and guarded-border" in flat(told)


def test_a_shut_link_without_a_policy_says_so(toy: Case) -> None:
    assert "no policy of this case opens it" in flat(explain(replace(toy, policies=())))


def test_a_break_of_gauge_tells_where_and_how_long(told: str) -> None:
    assert "Asko: 1520 / 1435 mm, 24 h and 6 USD/t" in flat(told)


def test_flows_are_told_by_pair_with_tonnes_and_value(told: str) -> None:
    row = next(line for line in told.splitlines() if line.startswith("XC > XA"))
    assert "580 kt" in row
    assert "729" in row  # 280 x 260 + 190 x 850 + 110 x 4500 thousand USD
    assert "grain 280 kt, fuel 190 kt, goods 110 kt" in row


def test_trade_of_the_home_country_leaves_out_the_traffic_of_others(told: str) -> None:
    assert "XA exports 345 kt (505 million USD) and imports 630 kt" in flat(told)
    assert "Traffic of others, 70 kt in 1 exogenous flow" in flat(told)


def test_friction_is_the_gap_to_the_potential(told: str) -> None:
    row = next(line for line in told.splitlines() if line.startswith("XB > XA") and "200 kt" in line)
    assert "41% of cost" in row  # (200 / 50)^(1/4) - 1
    assert "none now: builds up anew" in told


def test_price_takers_are_named_and_known_shares_are_not_among_them(told: str) -> None:
    line = flat(told)
    assert "Price takers on the import side: fruit in XB, ore in XB" in line
    assert "XA imports: the flows of this case are grain 90%" in line


def test_a_case_without_market_shares_is_all_price_takers(toy: Case) -> None:
    assert "every flow is a price taker" in explain(replace(toy, markets=()))


def test_every_assumption_is_told_with_range_unit_and_grade(toy: Case, told: str) -> None:
    lines = told.splitlines()
    for row in toy.assumptions:
        shown = next(line for line in lines if line.startswith(f"{row.name} "))
        assert f"{row.low:g} to {row.high:g}" in shown
        assert f" {row.unit} " in shown
        assert f" {row.grade} " in shown


def test_policies_are_told_in_words_with_dates(told: str) -> None:
    line = flat(told)
    assert "Closes Ardel - Corin (road) from day 59 (2025-03-01) until day 90 (2025-04-01)" in line
    assert "Sets to 0.0% the duty on all goods from XB into XA from day 365 (2026-01-01)" in line
    assert "Bans fruit from XA into XC" in line
    assert "Removes the share phi_xa_xb of the friction of XA-XB from the opening day" in line
    assert "Multiplies by 2 the capacity of the XC inbound post of Ardel - Corin (road)" in line
    assert "Opens Asko - Bekra (road) and Asko - Bekra (rail 1435) from the opening day" in line


def test_what_the_case_cannot_say_is_told_last(toy: Case) -> None:
    name, last = list(sections(toy).items())[-1]
    assert name == "limits"
    assert last == Section("What this case cannot say", (Points(toy.info.limits),))


def test_grades_are_counted_by_table_and_by_tonnes(told: str) -> None:
    assert "Base-year tonnes by grade: A 0%, B 0%, C 100%" in flat(told)
    assert next(line for line in told.splitlines() if line.startswith("flows.csv")).split()[1:] == [
        "0%",
        "0%",
        "100%",
        "13",
    ]


@pytest.mark.parametrize("name", ["south-caucasus", "russia-pakistan"])
def test_the_overview_of_a_large_case_fits_a_screen_or_two(name: str) -> None:
    lines = lay_out([overview(name)]).splitlines()
    assert len(lines) <= 70
    assert len(lines) < len(explain(name).splitlines()) / 10
    assert max(map(len, lines)) <= 100


def test_every_packaged_case_and_history_has_an_overview() -> None:
    for name in (*packaged_cases(), *packaged_histories()):
        told = lay_out([overview(name)])
        assert all(f"\n{section} " in told for section in sections(name))


def test_the_overview_counts_what_the_case_holds(toy: Case) -> None:
    told = flat(lay_out([overview(toy)]))
    assert toy.info.question in told
    assert "6 places in 3 countries, 12 links" in told
    assert "shut in the base year: 2 closed; opened by reopen (2), guarded-border (2), reopen-rail (1)" in told
    assert "5 land borders, 3 open" in told
    assert "- 20 h (9.0-42.0) XC > XA: Ardel - Corin (rail 1520)" in told
    assert "XA exports 345 kt (505 million USD)" in told
    assert "Traffic of others: 70 kt." in told
    assert "- XC > XA: 580 kt, 729 million USD" in told
    assert "- close-road: The mountain road between Arland and Corsia" in told
    assert "widest, by high end over low: risk_jump (0.05 to 1)" in told
    assert "ranges that touch or pass zero: phi_xa_xb, delta_rail_container" in told
    assert "- Everything here is invented for teaching" in told


def test_a_link_that_no_policy_opens_is_counted_in_the_overview(toy: Case) -> None:
    assert "shut in the base year: 2 closed; no policy opens 2" in flat(lay_out([overview(replace(toy, policies=()))]))


def test_the_overview_tells_how_many_lines_each_section_takes(toy: Case) -> None:
    for name, section in sections(toy).items():
        line = next(line for line in lay_out([overview(toy)]).splitlines() if line.startswith(f"{name} "))
        assert line.split()[1] == str(len(lay_out([section]).splitlines()))


@pytest.mark.parametrize("name", ["toy", "south-caucasus", "russia-pakistan"])
def test_every_section_can_be_asked_for_and_all_is_every_one(name: str) -> None:
    found = sections(name)
    assert all(word == word.lower() and word.isalnum() for word in found)
    assert all(chosen(name, [word]) == (section,) for word, section in found.items())
    assert lay_out(chosen(name, [ALL])) == explain(name)


def test_sections_come_in_the_order_asked_for_and_once(toy: Case) -> None:
    found = sections(toy)
    assert chosen(toy, ["policies", "network", "policies"]) == (found["policies"], found["network"])


def test_words_that_name_no_section_are_all_told_with_the_nearest(toy: Case) -> None:
    with pytest.raises(InputError) as caught:
        chosen(toy, ["polices", "flows", "wombat"])
    first, second = caught.value.problems
    assert (first.value, first.suggestion) == ("'polices'", "policies")
    assert (second.value, second.suggestion) == ("'wombat'", "")
    assert "network, flows" in first.rule


def test_a_section_that_a_case_lacks_is_none_of_its_sections(toy: Case) -> None:
    with pytest.raises(InputError, match="is not a section of this case"):
        chosen(replace(toy, services=()), ["carriers"])


def test_the_last_column_of_a_table_wraps_and_stays_in_its_column() -> None:
    grid = Grid(("name", "words"), (("a", "one two three four five six seven"),))
    assert lay_out([Section("T", (grid,))], 21).splitlines()[2:] == [
        "name  words",
        "----  ---------------",
        "a     one two three",
        "      four five six",
        "      seven",
    ]


def test_words_are_listed_and_tonnes_scaled() -> None:
    assert [listed(["a"] * n) for n in range(4)] == ["", "a", "a and a", "a, a and a"]
    assert [tonnes_text(t) for t in (900, 45_000, 1_320_000)] == ["900 t", "45 kt", "1.32 Mt"]
