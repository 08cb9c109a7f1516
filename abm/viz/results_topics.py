"""What a visitor of the results page looks at: a claim, read for one denominator and window, in one arm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from abm.figures.sweep_words import where
from abm.study.claims import Judgement
from abm.study.estimates import outcome_name
from abm.study.findings import Target, main_arm
from abm.study.plan import WITHOUT, Arm, Claim, Metric, Plan
from abm.worlds import MEASURE

#: Outcome that is looked at where a plan tests no claim.
TRADE = "trade_usd"
_TRADE_T, _QUEUES = "trade_t", "queue_vehicles"
_AT_POSTS = ("wait_h", "vehicles")
#: What stands for the claim in the name of a topic that belongs to none.
_NO_CLAIM = "growth"


@dataclass(frozen=True, slots=True)
class Topic:
    """``metric`` of ``outcome`` of ``of`` after ``window`` full years in ``arm`` against the arm ``against``.

    ``judgement``: of the claim that asks for it, None in a plan without claims.
    """

    metric: Metric
    outcome: str
    of: str
    window: int
    arm: Arm
    against: str
    judgement: Judgement | None = None

    @property
    def claim(self) -> Claim | None:
        """The claim that asks for it."""
        return None if self.judgement is None else self.judgement.claim

    @property
    def claim_id(self) -> str:
        """Name of the claim; of topics without one all the same."""
        return _NO_CLAIM if self.claim is None else self.claim.id

    @property
    def id(self) -> str:
        """Unlike that of any other topic of the plan."""
        return f"{self.claim_id}|{self.of}|{self.window}|{self.arm.name}"

    @property
    def column(self) -> str:
        """Name of its outcome."""
        return outcome_name(self.outcome, self.of, self.window)

    @property
    def target(self) -> Target:
        """The same as a figure whose drivers are told."""
        return Target(self.metric, self.outcome, self.of, self.window, self.arm, self.against)


def topics_of(plan: Plan, judgements: Sequence[Judgement]) -> tuple[Topic, ...]:
    """Every claim for each denominator, window and arm; without claims, growth of the home country's trade in each arm."""
    if not plan.claims:
        home = plan.case.info.home
        return tuple(
            Topic(Metric.GROWTH_PER_YEAR, TRADE, home, plan.years, arm, WITHOUT)
            for arm in plan.arms
            if arm.name != WITHOUT
        )
    return tuple(
        Topic(one.claim.metric, one.claim.outcome, one.of, one.window, one.arm, one.claim.against, one)
        for one in judgements
    )


def of_claim(topics: Iterable[Topic], claim_id: str) -> list[Topic]:
    """The topics of a claim, in the plan's order."""
    return [topic for topic in topics if topic.claim_id == claim_id]


def has_worlds(topic: Topic) -> bool:
    """Whether any pair of worlds has a number for it; where no claim is judged nobody has counted."""
    return topic.judgement is None or topic.judgement.range.worlds > 0


def chosen_topic(topics: Sequence[Topic], claim_id: str, of: str = "", arm: str = "", window: int = 0) -> Topic | None:
    """Of a claim the topic that comes nearest to what was asked for: the denominator, the arm and the window if it has them, else
    its first denominator, the arm that a reader means by "the measure", the longest window. None for a plan without a topic."""
    mine = of_claim(topics, claim_id) or of_claim(topics, topics[0].claim_id if topics else "")
    if not mine:
        return None
    played = [topic for topic in mine if has_worlds(topic)] or mine
    of = of if any(topic.of == of for topic in played) else played[0].of
    alike = [topic for topic in played if topic.of == of]
    if not any(topic.arm.name == arm for topic in alike):
        arm = main_arm([topic.arm for topic in alike]).name
    return max(
        (topic for topic in alike if topic.arm.name == arm), key=lambda topic: (topic.window == window, topic.window)
    )


def series_of(plan: Plan, topic: Topic, names: Sequence[str]) -> tuple[str, str]:
    """The monthly series that goes with a topic, and in words why it is not of the same thing, or nothing; ("", why) for none."""
    home = plan.case.info.home
    exact = f"{_QUEUES if topic.outcome in _AT_POSTS else _TRADE_T}:{topic.of}"
    if exact in names:
        return exact, ""
    over = f"{_TRADE_T}:cut/{MEASURE}"
    if topic.of == MEASURE and over in names:
        return over, "Tonnes are shown: what the claim is about is not kept by month."
    whole = f"{_TRADE_T}:{home}"
    if whole in names:
        name = f"\N{LEFT DOUBLE QUOTATION MARK}{where(plan, topic.of)}\N{RIGHT DOUBLE QUOTATION MARK}"
        return whole, f"No monthly series is kept for {name}: all trade of {home} is shown."
    return "", "This sweep keeps no monthly series of it."
