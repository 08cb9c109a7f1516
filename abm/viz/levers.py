"""What can be moved while a world runs, and the changes by hand that moving it makes."""

from collections.abc import Mapping
from dataclasses import dataclass

from abm.corridor.hand_rules import openable_links
from abm.corridor.policy_rules import LIVE_ASSUMPTIONS
from abm.corridor.question import HandStep
from abm.corridor.tables import Action, Case, Status
from abm.errors import input_error
from abm.study.names import place_names, post_names
from abm.viz.desk import Desk

#: Factors and levels between which a slider moves; a scenario file may say more.
_LEAST_FACTOR, _MOST_FACTOR, _FACTOR_STEP = 0.25, 4.0, 0.25
_MOST_INCIDENTS, _INCIDENTS_STEP = 4.0, 0.25
_MOST_TARIFF_PERCENT, _TARIFF_STEP = 60.0, 1.0
_OVERSIGHT_STEP = 0.05
_SLIDER_STEPS = 100
_PERCENT = 100.0
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Slider:
    """Numbers of a lever: ``at`` where it rests, ``scale`` from what is shown to what the model takes; ``form`` shows one."""

    low: float
    high: float
    step: float
    at: float
    form: str
    scale: float = 1.0

    def words(self, number: float) -> str:
        """A number as people say it."""
        return self.form.format(f"{number:g}")


@dataclass(frozen=True, slots=True)
class Lever:
    """One kind of change. ``targets``: identifier -> what people call it. A lever without a slider opens and closes.

    ``in_both``: it is moved in both worlds unless the visitor says otherwise, because it is a condition and not a measure.
    """

    key: str
    title: str
    where: str
    targets: dict[str, str]
    sliders: dict[str, Slider]
    in_both: bool = False

    def slider(self, target: str) -> Slider | None:
        """The slider for a target: its own, or the one for all."""
        return self.sliders.get(target, self.sliders.get(EVERYWHERE))


def levers_of(case: Case, values: Mapping[str, float] | None = None) -> tuple[Lever, ...]:
    """The levers that a case has targets for. ``values``: assumptions that do not stand where the case has them."""
    factor = Slider(_LEAST_FACTOR, _MOST_FACTOR, _FACTOR_STEP, 1.0, "times {}")
    found = (
        Lever("link", "Open or close a link", "Link", link_titles(case, openable_links(case)), {}),
        Lever("capacity", "Border capacity", "Border post", post_names(case), {EVERYWHERE: factor}),
        Lever("tariff", "Tariff", "Into, from", _relations(case), _tariffs(case)),
        Lever(
            "oversight", "Oversight of incidents", "Over", _hazards(case),
            {EVERYWHERE: Slider(0.0, 1.0, _OVERSIGHT_STEP, 0.0, "level {} (1: all)")},
        ),
        Lever(
            "incidents", "Incident rate", "Of", _hazards(case),
            {EVERYWHERE: Slider(0.0, _MOST_INCIDENTS, _INCIDENTS_STEP, 1.0, "times {}")}, in_both=True,
        ),
        Lever(
            "elasticity", "Elasticity of trade", "Which", _elasticities(case), _elasticity_sliders(case, values or {}),
            in_both=True,
        ),
    )  # fmt: skip
    return tuple(lever for lever in found if lever.targets)


def change(lever: Lever, target: str, number: float, day: int, *, in_both: bool) -> HandStep:
    """The change that a lever makes from ``day`` on; for a link ``number`` 1 opens it and 0 closes it."""
    slider = lever.slider(target)
    value = number * (1.0 if slider is None else slider.scale)
    if lever.key == "link":
        action = Action.OPEN_LINK if number else Action.CLOSE_LINK
        return HandStep(action, target, day, in_both=in_both)
    return HandStep(_ACTIONS[lever.key], target, day, number=value, in_both=in_both)


#: Levers whose sliders rest at a number that the case may not have.
_NO_REST = ("tariff",)
_ACTIONS = {
    "capacity": Action.SCALE_CAPACITY,
    "tariff": Action.SET_TARIFF,
    "oversight": Action.SET_OVERSIGHT,
    "incidents": Action.SET_TENSION,  # not a hazard's own rate: that would also set off hazards that are at rest
    "elasticity": Action.SET_ASSUMPTION,
}


def lay(desk: Desk, lever: Lever, step: HandStep, today: int) -> None:
    """Move a lever: what it did before ends today, and unless it is back at rest it does something else from today on.

    Raises InputError for a lever that was moved in both worlds and is now moved in one: to end there what it does in the other,
    too, would make two changes of one.
    """
    for index in reversed(range(len(desk.question.steps))):
        known = desk.question.steps[index]
        is_over = known.end_day is not None and known.end_day <= today
        if known.target == step.target and _slot(known.action) == _slot(step.action) and not is_over:
            if known.in_both and not step.in_both:
                raise input_error(
                    "lever", "was moved in both worlds: move it in both again, or take that change back first"
                )
            desk.take_back(index, today=today)
    slider = lever.slider(step.target)
    if slider is None or step.number != slider.at * slider.scale or lever.key in _NO_REST:
        desk.put(step, today=today)


def _slot(action: Action) -> Action:
    """Opening and closing are one lever."""
    return Action.OPEN_LINK if action is Action.CLOSE_LINK else action


def link_titles(case: Case, links: tuple[str, ...] | None = None) -> dict[str, str]:
    """Link -> ``A - B, mode``, with its identifier, in the order of their names."""
    places = place_names(case)
    titles = {
        link.link_id: f"{places[link.from_node_id]} - {places[link.to_node_id]}, {link.mode.value} ({link.link_id})"
        + ("" if link.status is Status.OPEN else f", {link.status.value.replace('_', ' ')}")
        for link in case.links
        if links is None or link.link_id in links
    }
    return dict(sorted(titles.items(), key=lambda item: item[1]))


def _relations(case: Case) -> dict[str, str]:
    """Pairs of countries that trade, as ``DESTINATION/ORIGIN/*``: those with the home country first."""
    home = case.info.home
    country = {node.node_id: node.country for node in case.nodes}
    pairs = {(country[flow.destination], country[flow.origin]) for flow in case.flows}
    pairs = {pair for pair in pairs if pair[0] != pair[1]}
    ordered = sorted(pairs, key=lambda pair: (home not in pair, pair))
    return {f"{into}/{out_of}/{EVERYWHERE}": f"into {into} from {out_of}, all goods" for into, out_of in ordered}


def _tariffs(case: Case) -> dict[str, Slider]:
    """One slider a relation, resting at the duty on goods that have none of their own."""
    general = {(row.destination, row.origin): row.rate_share for row in case.tariffs if row.commodity == EVERYWHERE}
    sliders = {}
    for target in _relations(case):
        into, out_of, _ = target.split("/")
        share = general.get((into, out_of), general.get((into, EVERYWHERE), 0.0))
        at = round(share * _PERCENT, 1)
        sliders[target] = Slider(0.0, max(_MOST_TARIFF_PERCENT, at), _TARIFF_STEP, at, "{} % of value", 1.0 / _PERCENT)
    return sliders


def _hazards(case: Case) -> dict[str, str]:
    if not case.hazards:
        return {}
    regions = dict.fromkeys(row.region for row in case.hazards if row.region)
    named = {row.hazard_id: row.title for row in case.hazards}
    return {EVERYWHERE: "all incidents"} | {region: f"region {region}" for region in regions} | named


def _elasticities(case: Case) -> dict[str, str]:
    return {row.name: f"{row.name}: {row.meaning}" for row in case.assumptions if row.name in LIVE_ASSUMPTIONS}


def _elasticity_sliders(case: Case, values: Mapping[str, float]) -> dict[str, Slider]:
    sliders = {}
    for row in case.assumptions:
        if row.name in LIVE_ASSUMPTIONS:
            at = values.get(row.name, row.value)
            low, high = min(row.low, at), max(row.high, at)
            if low < high:
                sliders[row.name] = Slider(low, high, (high - low) / _SLIDER_STEPS, at, f"{row.name} {{}}")
    return sliders


def step_words(case: Case, step: HandStep) -> str:
    """What a change made by hand does, in words."""
    if step.action in (Action.OPEN_LINK, Action.CLOSE_LINK):
        verb = "Open" if step.action is Action.OPEN_LINK else "Close"
        return f"{verb} {link_titles(case).get(step.target, step.target)}"
    for lever in levers_of(case):
        if _ACTIONS.get(lever.key) is step.action and step.target in lever.targets:
            slider = lever.slider(step.target)
            number = (step.number or 0.0) / (slider.scale if slider else 1.0)
            told = slider.words(number) if slider else f"{number:g}"
            return f"{lever.title}, {lever.targets[step.target]}: {told}"
    number_words = "" if step.number is None else f" {step.number:g}"
    return f"{str(step.action).replace('_', ' ').capitalize()} {step.target}{number_words}"
