"""Scenario files: what is written reads back as it was, and everything that is wrong with a file is told at once."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.cli import caravan
from abm.corridor.assumptions import domain
from abm.corridor.catalogue import packaged_cases
from abm.corridor.hand_rules import openable_links
from abm.corridor.load import load
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.question_file import parse_question, question_text, read_question
from abm.corridor.scenario import CAST, DATES
from abm.corridor.tables import Action
from abm.errors import InputError
from tests.small_worlds import edited, toy_with_cast

CASE = toy_with_cast()
POLICIES = tuple(dict.fromkeys(row.policy_id for row in CASE.policies))
#: Steps by hand of every kind: action -> targets.
TARGETS: dict[Action, tuple[str, ...]] = {
    Action.OPEN_LINK: openable_links(CASE),
    Action.CLOSE_LINK: tuple(link.link_id for link in CASE.links),
    Action.SCALE_CAPACITY: tuple(post.post_id for post in CASE.posts),
    Action.SCALE_DWELL: tuple(row.terminal_id for row in CASE.terminals),
    Action.SCALE_SPEED: tuple(link.link_id for link in CASE.links),
    Action.SCALE_RATE: tuple(link.link_id for link in CASE.links),
    Action.SET_TOLL: tuple(link.link_id for link in CASE.links),
    Action.SET_TARIFF: ("XA/XB/*", "XC/*/fruit"),
    Action.BAN: ("XA/XB/*", "XC/XA/fruit"),
    Action.LIFT_FRICTION: ("XA-XB",),
    Action.ADD_DWELL: tuple(post.post_id for post in CASE.posts),
    Action.SET_FEE: tuple(post.post_id for post in CASE.posts),
    Action.QUOTA: ("XC/XA/fruit",),
    Action.SET_OVERSIGHT: ("*", "pass"),
    Action.SET_TENSION: ("*", "pass-snow"),
    Action.SET_HAZARD: ("arland-belmark", "pass-snow"),
    Action.SET_ASSUMPTION: ("sigma", "eta", "eps"),
}
UNNUMBERED = frozenset({Action.OPEN_LINK, Action.CLOSE_LINK})


# ------------------------------------------------------------------------------------------------------------ there and back
@st.composite
def spans(draw: st.DrawFn, *, is_open: bool) -> tuple[int | None, int | None]:
    """A first day (None if ``is_open`` allows it) and an end after it, up to a hundred years."""
    first = draw(st.integers(0, 36_000))
    end = draw(st.none() | st.integers(first + 1, 36_500))
    return (None, draw(st.none() | st.integers(1000, 36_500))) if is_open and draw(st.booleans()) else (first, end)


@st.composite
def hand_steps(draw: st.DrawFn) -> HandStep:
    action = draw(st.sampled_from([one for one in TARGETS if one is not Action.QUOTA]))
    start, end = draw(spans(is_open=False))
    numbers = {Action.SET_ASSUMPTION: st.floats(1.001, 50.0), Action.SCALE_SPEED: st.floats(0.1, 10.0)}
    number = draw(numbers.get(action, st.floats(0.001, 1.0)))
    is_bare = action in UNNUMBERED or (action is Action.BAN and draw(st.booleans()))
    return HandStep(
        action,
        draw(st.sampled_from(TARGETS[action])),
        start or 0,
        end,
        None if is_bare else number,
        draw(st.booleans()),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    names = draw(st.lists(st.sampled_from(POLICIES), unique=True, max_size=4))
    dates = draw(st.sampled_from(DATES))
    if dates == "negotiated":  # only what somebody was asked about can be
        names = [name for name in names if name not in ("reopen-rail", "guarded-border")]
    policies = tuple(Chosen(name, *draw(spans(is_open=True)), in_both=draw(st.booleans())) for name in names)
    values = draw(st.dictionaries(st.sampled_from(["sigma", "phi_xa_xb", "kappa"]), st.floats(0.0, 1.0), max_size=3))
    values = {name: 1.5 + value if domain(name).minimum == 1.0 else max(value, 0.01) for name, value in values.items()}
    still = draw(st.lists(st.sampled_from([one for one in CAST if one != "authorities"]), unique=True, max_size=2))
    return Question(
        CASE, policies, tuple(draw(st.lists(hand_steps(), max_size=5))), values, draw(st.integers(1, 30)),
        draw(st.integers(0, 2**63 - 1)), dates, "" if "incidents" in still else draw(st.sampled_from(["", CASE.events[0].start])),
        tuple(still),
    )  # fmt: skip


@settings(max_examples=200)
@given(questions())
def test_what_is_written_reads_back_as_it_was(question: Question) -> None:
    text = question_text(question)
    assert parse_question(text, place="scenario.toml", case=CASE) == question
    assert question_text(parse_question(text, place="scenario.toml", case=CASE)) == text


def test_days_are_written_as_dates_through_leap_years() -> None:
    opening = dt.date.fromisoformat(CASE.info.start)
    for day in (0, 58, 59, 60, 365, 1_154, 1_155, 1_156, 1_460, 1_461, 36_500):
        text = question_text(Question(CASE, steps=(HandStep(Action.CLOSE_LINK, "road-ard-crn", day),)))
        assert f"start = {opening + dt.timedelta(days=day)}\n" in text
        assert parse_question(text, place="x", case=CASE).steps[0].start_day == day
    assert "start = 2028-02-29\n" in question_text(Question(CASE, (Chosen("reopen", 1_154),)))


def test_a_day_beyond_the_calendar_is_written_as_its_number() -> None:
    info = CASE.info.model_copy(update={"start": "9999-12-01"})
    late = edited(replace(CASE, info=info, events=(), projects=(), openings=(), policies=()))
    question = Question(late, steps=(HandStep(Action.CLOSE_LINK, "road-ard-crn", 29, 31),))
    text = question_text(question)
    assert "start = 9999-12-30\nend = 31\n" in text
    assert parse_question(text, place="x", case=late) == question


def test_every_way_to_write_a_day_is_read() -> None:
    for written, day in (("2025-02-01", 31), ('"2025-02-01"', 31), ("31", 31), ('"31"', 31)):
        text = f'case = "toy"\n[[policy]]\nname = "reopen"\nstart = {written}\n'
        assert parse_question(text, place="x", case=CASE).policies == (Chosen("reopen", day),)


def test_what_is_left_out_is_as_usual() -> None:
    assert parse_question('case = "toy"', place="x", case=CASE) == Question(CASE)
    text = 'case = "toy"\nreplay = 2023-03-01\n[[step]]\naction = "ban"\ntarget = "XC/XA/*"\nstart = 0\n'
    past = edited(CASE, events=(CASE.events[0].model_copy(update={"start": "2023-03-05", "end": "2023-04-01"}),))
    question = parse_question(text, place="x", case=past)
    assert (question.replay_from, question.steps) == ("2023-03-01", (HandStep(Action.BAN, "XC/XA/*", 0),))


# ------------------------------------------------------------------------------------------------------------ which case
def test_a_case_is_a_packaged_name_or_a_folder_seen_from_the_file(tmp_path: Path) -> None:
    shutil.copytree(packaged_cases()["toy"], tmp_path / "cases" / "mine")
    file = tmp_path / "scenarios" / "one.toml"
    file.parent.mkdir()
    question = Question(CASE, (Chosen("reopen", 3),))
    for named in ("", "../cases/mine"):
        file.write_text(question_text(question, named), encoding="utf-8")
        assert read_question(file) == question
    for named in ("nowhere", "", "../cases"):
        file.write_text(f'case = "{named}"\n', encoding="utf-8")
        with pytest.raises(InputError):
            read_question(file)


def test_a_text_for_the_open_case_reads_nothing_from_disk() -> None:
    text = question_text(Question(CASE), "somewhere/else/toy")
    assert parse_question(text, place="x", case=CASE).case is CASE
    with pytest.raises(InputError, match="is another case than 'toy', which is open"):
        parse_question('case = "south-caucasus"', place="x", case=CASE)


# ------------------------------------------------------------------------------------------------------------ what is wrong
WRONG = """
case = "toy"
yeers = 3
seed = "a"
still = "carriers"
dates = "givn"
replay = 2020-01-01T00:00:00

[values]
sigma = "4"
sigm = 2

[[policy]]
nam = "reopen"

[[policy]]
name = "reopn"
start = true
end = "2025-13-01"
worlds = "mesure"

[[step]]
action = "open_lnk"
target = 3
value = "4"

[[step]]
action = "set_tariff"
target = "XC/XA/fruits"
value = 4
start = 2026-01-01

[[step]]
action = "close_link"
target = "road-ard-crn"
start = 2024-12-31
"""


def test_everything_that_is_wrong_with_a_file_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_question(WRONG, place="s.toml", case=CASE)
    told = [str(problem) for problem in caught.value.problems]
    start = "must be a date such as 2025-01-31, or a whole number of days after the opening day"
    assert [line for line in told if "is not one of" not in line] == [
        "s.toml column yeers: is not a key that is known here; did you mean 'years'?",
        "s.toml policy 1 column nam: is not a key that is known here; did you mean 'name'?",
        "s.toml policy 1 column name: must be given",
        f"s.toml policy 2 column start: True {start}",
        f"s.toml policy 2 column end: 2025-13-01 {start}",
        "s.toml step 1 column target: 3 must be a text in quotes",
        "s.toml step 1 column value: 4 must be a number",
        "s.toml step 1 column start: must be given",
        "s.toml values column sigma: 4 must be a number",
        "s.toml column still: 'carriers' must be a list of texts",
        "s.toml column seed: 'a' must be a whole number",
        "s.toml column replay: datetime.datetime(2020, 1, 1, 0, 0) must be a date such as 2021-07-01",
        "s.toml value: 'sigm' is not an assumption of this case; did you mean 'sigma'?",
        "s.toml step 2 column target: 'fruits' is not a commodity; did you mean 'fruit'?",
        "s.toml step 3 column start: -1 must be a whole number of days from 0 (the opening day) to 36,500",
    ]
    hints = {line.rpartition("did you mean ")[2] for line in told if "is not one of" in line}
    assert hints == {"'measure'?", "'open_link'?", "'reopen'?", "'given'?"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("case = ", "s.toml.*is not well-formed TOML"),
        ('case = "toy"\nyears = 1\nyears = 2\n', "s.toml:3: is not well-formed TOML"),
        ("years = " + "9" * 5_000, "is not well-formed TOML"),
        ("a = " + "[" * 100_000, "is not well-formed TOML"),
        ("#" * 1_000_001, "must not be longer than 1,000,000 characters"),
        ("years = 3", "s.toml column case: must be given"),
        ('case = "toy"\npolicy = 3', r"must be \[\[policy\]\] tables"),
        ('case = "toy"\nstep = ["x"]', r"must be \[\[step\]\] tables"),
        ('case = "toy"\nvalues = 3', r"must be a \[values\] table"),
        ('case = "toy"\nyears = 2.5', "column years: 2.5 must be a whole number"),
        ('case = "toy"\nyears = true', "column years: True must be a whole number"),
        ('case = "toy"\n[values]\nsigma = ' + "9" * 400, "must be a number"),
        ('case = "toy"\n[values]\nsigma = nan', "must be a finite number"),
        ('case = "toy"\n[[policy]]\nname = "reopen"\n[[policy]]\nname = "reopen"', "is chosen twice"),
        ('case = "toy"\n[[step]]\naction = "quota"\ntarget = "XC/XA/fruit"\nvalue = 1\nstart = 0\nx = 1', "is not a key"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_be(text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        parse_question(text, place="s.toml", case=CASE)


@settings(max_examples=200)
@given(st.data())
def test_any_edit_of_a_file_is_a_question_or_an_input_error(data: st.DataObject) -> None:
    text = question_text(
        Question(
            CASE, (Chosen("reopen", 3, 900, in_both=True),), (HandStep(Action.SET_TARIFF, "XA/XB/*", 5, 9, 0.25),),
            {"sigma": 3.5}, still=("posts",),
        )
    )  # fmt: skip
    lines = text.splitlines()
    row = data.draw(st.integers(0, len(lines) - 1))
    key, equals, _ = lines[row].partition("=")
    other = data.draw(
        st.sampled_from(
            ['""', "-1", "1e999", "nan", "true", "[]", "{}", "2025-02-30", '"é"', "0x1f", "'*'", '"\\u0000"']
        )
        | st.text(max_size=8)
    )
    lines[row] = f"{key}{equals} {other}" if equals else other
    try:
        question = parse_question("\n".join(lines), place="s.toml", case=CASE)
    except InputError as error:
        told = error.problems
    else:
        told = ()
        assert parse_question(question_text(question), place="s.toml", case=CASE) == question
    assert all(problem.rule for problem in told)


# ------------------------------------------------------------------------------------------------------------ caravan run
def invoke(*words: str) -> Result:
    return CliRunner().invoke(caravan, list(words))


def saved(folder: Path, text: str) -> str:
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_scenario_file_is_played_with_and_without_its_measure(tmp_path: Path) -> None:
    shut = HandStep(Action.CLOSE_LINK, "road-ard-crn", 0, in_both=True)
    file = saved(tmp_path, question_text(Question(load("toy"), (Chosen("reopen"),), (shut,), years=1, seed=5)))
    with_, without = invoke("run", file, "--json"), invoke("run", file, "--without", "--json")
    assert (with_.exit_code, without.exit_code) == (0, 0)
    assert '"policies": [\n   "reopen"\n  ]' in with_.stdout
    assert '"policies": []' in without.stdout
    for result in (with_, without):
        assert '"target": "road-ard-crn"' in result.stdout
        assert '"seeds": [\n   5\n  ]' in result.stdout
    told = invoke("run", file)
    assert "reopen, 1 step by hand; seed 5; 1 year" in told.stdout


def test_what_stands_in_a_scenario_file_is_not_told_beside_it(tmp_path: Path) -> None:
    file = saved(tmp_path, 'case = "toy"\nyears = 31\n')
    beside = (
        "--with",
        "reopen",
        "--set",
        "sigma=3",
        "--years",
        "5",
        "--seed",
        "1",
        "--dates",
        "given",
        "--still",
        "posts",
    )
    result = invoke("run", file, *beside, "--replay", "2020-01-01")
    assert result.exit_code == 2
    options = ("--with", "--set", "--years", "--seed", "--dates", "--still", "--replay")
    for option in options:
        assert f"{option}: must stand in the scenario file" in result.stderr
    assert "31 must be a whole number from 1 to 30" in result.stderr
    assert len(result.stderr.splitlines()) == len(options) + 1


def test_without_needs_a_scenario_file_and_a_file_must_be_there(tmp_path: Path) -> None:
    result = invoke("run", "toy", "--without", "--with", "reopn")
    assert result.exit_code == 2
    assert "--without: 'toy' needs a scenario file" in result.stderr
    assert "did you mean 'reopen'" in result.stderr
    absent = invoke("run", str(tmp_path / "absent.toml"))
    assert absent.exit_code == 2
    assert "absent.toml: is missing" in absent.stderr
    bad = invoke("run", saved(tmp_path, WRONG))
    assert bad.exit_code == 2
    assert "did you mean 'years'" in bad.stderr
