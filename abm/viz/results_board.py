"""The body of the results page: the claims, and for the chosen one its worlds, months, drivers, beliefs and map, all linked."""

from typing import Any

import pandas as pd
import solara
import solara.lab

from abm.corridor.prose import counted
from abm.figures.sweep_cards import claimed_words, source_words
from abm.figures.sweep_sections import UNSAID
from abm.figures.sweep_words import arm_words, capital, factor_words, figure_words, number
from abm.study.findings import Condition, Drivers
from abm.study.plan import Arm
from abm.viz.results_charts import brush_words, fan_spec, histogram, scatter, spread_words
from abm.viz.results_choice import Choice, choose_claim, choose_factor, choose_topic, mark, shown_factor, use_worked_out
from abm.viz.results_details import Belief, by_point, swings
from abm.viz.results_limits import limits_spec, restricted
from abm.viz.results_lists import cards, chance_words, readings, tornado_spec
from abm.viz.results_map import largest_changes
from abm.viz.results_parts import Panel, Waiting, bullets, link, table, unfolding, words
from abm.viz.results_reading import Reading
from abm.viz.results_topics import Topic, chosen_topic
from abm.viz.results_widgets import ResultsChart, ResultsList

#: Links named beside the map.
MOST_LINKS = 8
_KT = 1e3


@solara.component
def Board(reading: Reading) -> None:
    """Claims at the side, the chosen one in the middle."""
    choice: solara.Reactive[Choice] = solara.use_reactive(Choice())
    now = choice.value
    topic = chosen_topic(reading.topics, now.claim, now.of, now.arm, now.window)
    with solara.Div(classes=["cr-board"]):
        Claims(reading, choice, "" if topic is None else topic.claim_id)
        with solara.v.Html(tag="main", class_="cr-main"):
            if topic is None:
                words("No world of this sweep has been played to the end: there is nothing to compare yet.", "cr-empty")
            else:
                Chosen(reading, topic, choice)
            Limits(reading)


@solara.component
def Claims(reading: Reading, choice: solara.Reactive[Choice], chosen: str) -> None:
    """The claims of the plan, one of them chosen."""
    spec = solara.use_memo(lambda: cards(reading), [reading.read_at])
    with solara.v.Html(tag="nav", class_="cr-side", attributes={"aria-label": "Claims"}):
        words("Claims", tag="h2")
        if not reading.plan.claims:
            words("This experiment tests no published figure: it asks for ranges alone.", "cr-empty")
            return
        words(
            "Each beside the worlds of the arm that is meant first, given these priors and given opening.", "cr-small"
        )
        ResultsList.element(spec=spec, chosen=chosen, on_chosen=lambda name: choose_claim(choice, name))


@solara.component
def Chosen(reading: Reading, topic: Topic, choice: solara.Reactive[Choice]) -> None:
    """Everything about one topic."""
    at: list[Any] = [reading.read_at, topic.id]
    values = solara.use_memo(lambda: reading.values(topic), at)
    belief, no_belief = use_worked_out(reading, topic, values, reading.details.belief, reading.details.known_belief)
    drivers, no_drivers = use_worked_out(reading, topic, values, reading.details.drivers, reading.details.known_drivers)
    quick = solara.use_memo(lambda: swings(reading.plan, reading.points, by_point(reading.points, values), topic), at)
    condition = None if belief is None else belief.condition
    drawn = tornado_spec(reading.plan, topic, drivers or quick, restricted(condition))
    factor = shown_factor(choice.value, reading, drawn)
    brush = choice.value.brush
    Verdict(reading, topic)
    Ways(reading, topic, choice)
    figure = figure_words(reading.plan, topic.metric, topic.outcome, topic.of, topic.window)
    with solara.Div(classes=["cr-grid2"]):
        with Panel("Over all worlds", f"{figure}; {arm_words(topic.arm)}: {spread_words(topic, values)}."):
            Chart(histogram(reading, topic, values, brush))
        Months(reading, topic)
        with Panel(
            "What drives it",
            f"Mean of worlds where a factor is low and where it is high, all others being what they are. {figure}.",
            classes="cr-wide",
        ):
            ResultsList.element(spec=drawn, chosen=factor, on_chosen=lambda name: choose_factor(choice, name))
            DriversFoot(drivers, no_drivers)
        OneFactor(reading, topic, values, factor, condition, choice)
    Beliefs(reading, topic, belief, no_belief, factor, choice)
    FlowMap(reading, topic, values)


@solara.component
def Chart(spec: dict[str, Any]) -> None:
    """A chart that is read and not marked, with what must be known of it beneath."""
    ResultsChart.element(spec=spec)
    if spec.get("note"):
        words(str(spec["note"]), "cr-small")


@solara.component
def Ways(reading: Reading, topic: Topic, choice: solara.Reactive[Choice]) -> None:
    """The ways to read the topic's claim, one of them chosen; without a claim the arms."""
    spec = solara.use_memo(lambda: readings(reading, topic), [reading.read_at, topic.claim_id])
    title, said = "Arms", "Choosing a row changes everything below."
    if topic.claim is not None:
        title = "Ways to read this claim"
        said = f"Shares of paired worlds that fall short, lie inside and go beyond. {said}"
    with Panel(title, said, classes="cr-ways"):
        ResultsList.element(spec=spec, chosen=topic.id, on_chosen=lambda name: choose_topic(choice, reading, name))


@solara.component
def DriversFoot(drivers: Drivers | None, failed: str) -> None:
    """What stands under the tornado: that importance is being worked out, or why it cannot be."""
    if failed:
        words(failed, "cr-empty")
    elif drivers is None:
        Waiting("Working out which of them do more than chance would\N{HORIZONTAL ELLIPSIS}")
    elif drivers.why_not:
        words(f"No importance is told: {drivers.why_not}.", "cr-small")
    else:
        words("Pale: no more than a factor without effect would do by chance.", "cr-small")


@solara.component
def Verdict(reading: Reading, topic: Topic) -> None:
    """What is claimed, by whom, and what the worlds say of it."""
    claim, said = topic.claim, reading.verdicts.get(topic.id)
    with solara.v.Html(tag="section", class_="cr-panel cr-verdict-panel"):
        if claim is None or said is None:
            words("No claim is tested: what follows is growth of the home country's trade", tag="h2")
            return
        words(claim.title, tag="h2")
        by, address = source_words(reading.plan, claim.source)
        with solara.v.Html(tag="p", class_="cr-small"):
            words("Source: ", tag="span")
            if address:
                link(by, address)
            else:
                words(by, tag="span")
        words(f"Read here as {claimed_words(reading.plan, claim)}.", "cr-small")
        if topic.judgement is not None and topic.judgement.range.worlds:
            words(chance_words(reading.plan, topic.judgement), "cr-short")
        words(said.headline)
        words(said.worlds)
        for warning in said.warnings:
            words(warning, "cr-caution")
        unfolding("Trend, friction and the probability of opening", [words(said.basis)])
        if claim.note:
            words(claim.note, "cr-small")


@solara.component
def Months(reading: Reading, topic: Topic) -> None:
    """The series that goes with the topic."""
    spec = solara.use_memo(lambda: fan_spec(reading, topic), [reading.read_at, topic.id])
    said = f"{spec['title']}; {arm_words(topic.arm)}; {spec['pairs']}." if "title" in spec else ""
    with Panel("Month by month", said):
        Chart(spec)


@solara.component
def OneFactor(
    reading: Reading,
    topic: Topic,
    values: pd.DataFrame,
    factor: str,
    condition: Condition | None,
    choice: solara.Reactive[Choice],
) -> None:
    """The chosen factor against the figure, world by world."""
    at: list[Any] = [reading.read_at, topic.id, factor, condition is None]
    spec, data = solara.use_memo(lambda: scatter(reading, topic, values, factor, condition), at)
    brush = choice.value.brush if choice.value.brush is not None and choice.value.brush.factor == factor else None
    ends = [] if brush is None else [brush.low, brush.high]
    title = factor_words(reading.plan, factor) if factor else "One factor"
    with Panel("One factor, world by world", f"{title}. Each dot is a pair of worlds.", classes="cr-wide"):
        ResultsChart.element(spec=spec, data=data, brush=ends, on_brush=lambda found: mark(choice, factor, list(found)))
        if spec.get("note"):
            words(str(spec["note"]), "cr-small")
        if "empty" not in spec:
            words(brush_words(reading, topic, values, brush), "cr-small")


@solara.component
def Beliefs(
    reading: Reading, topic: Topic, belief: Belief | None, failed: str, factor: str, choice: solara.Reactive[Choice]
) -> None:
    """What one would have to believe for the claim to come true."""
    if topic.claim is None:
        return
    said = (
        "Thick: the part of a factor's range that is left; the tick is its central value. A claim of a range is asked for "
        "at both of its ends."
    )
    known = belief is not None and belief.condition is not None
    with Panel("What one would have to believe", said if known else "", classes="cr-beliefs"):
        if failed:
            words(failed, "cr-empty")
        elif belief is None:
            Waiting("Looking for the part of the ranges in which the claim comes true\N{HORIZONTAL ELLIPSIS}")
        elif belief.condition is None:
            why = "The plan varies no factor" if not reading.plan.factors else "No pair of worlds has a number for it"
            words(f"{why}: nothing can be said of what one would have to believe.", "cr-empty")
        else:
            words(belief.condition.belief.text, "cr-belief")
            spec = limits_spec(reading.plan, belief.condition)
            ResultsList.element(spec=spec, chosen=factor, on_chosen=lambda name: choose_factor(choice, name))


@solara.component
def FlowMap(reading: Reading, topic: Topic, values: pd.DataFrame) -> None:
    """Where freight comes from and goes to in the topic's arm."""
    arm, plan = topic.arm, reading.plan
    drawn, failed = use_worked_out(reading, topic, values, reading.details.map, reading.details.known_map)
    with Panel("Where freight moves", map_words(reading, arm) if drawn else ""):
        if failed:
            words(failed, "cr-empty")
        elif drawn is None:
            Waiting("Drawing the map\N{HORIZONTAL ELLIPSIS}")
        elif not drawn:
            words("No flow over links is known of this arm: no pair of its worlds has been played.", "cr-empty")
        else:
            rows = largest_changes(plan, reading.flows, arm.name, MOST_LINKS)
            columns = ("Link", "Mode", "Without, kt a year", "With, kt a year", "Change, kt a year")
            solara.HTML(tag="div", unsafe_innerHTML=drawn, classes=["cr-map"])
            unfolding(f"The {counted(len(rows), 'link')} that change most", [table(columns, rows, 2)])


def map_words(reading: Reading, arm: Arm) -> str:
    """What the map shows."""
    pairs = counted(reading.pairs.get(arm.name, 0), "pair of worlds", "pairs of worlds")
    said = f"Change in tonnes by link in year {reading.plan.years}, both directions, mean of {pairs}; {arm_words(arm)}."
    moved = reading.moved_t.get(arm.name)
    if moved is None:
        return said
    return (
        f"{said} {number(moved / _KT, 0)} kt a year move over the links that open; most of it moved another way before."
    )


@solara.component
def Limits(reading: Reading) -> None:
    """What nobody may read into this page."""
    said = [*map(capital, reading.plan.case.info.limits), *UNSAID]
    unfolding("What this experiment cannot say", [bullets(said)])
