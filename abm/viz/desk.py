"""One visitor's working place: the question as it stands, and the ways to change it that leave the past as it was."""

from dataclasses import replace

from abm.corridor.policies import resolve
from abm.corridor.question import Chosen, HandStep, Question
from abm.errors import input_error

#: Digits of a number that a message repeats.
_LONGEST_TOLD = 12


class Desk:
    """``question`` is what runs or will; ``typed_seed`` is what stands in the box for the seed.

    ``today`` is the day that is played next, counted from the opening day: what lies before it has happened and stays (on day 0
    nothing has). Every change is checked before it is taken: raises InputError, and then the question is the one before.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.typed_seed = str(question.seed)

    def choose(self, policy_id: str, start_day: int | None = None, *, today: int = 0, in_both: bool = False) -> None:
        """Choose a policy: it starts on ``start_day`` (None: as its rows say), but not before today.

        One that was chosen already moves, if it has not begun; if it was to end today or later, it goes on. Raises InputError for
        one that has ended: its past cannot be written anew.
        """
        question = self.question
        known = _chosen(question, policy_id)
        if known is None:
            added = Chosen(policy_id, start_day, in_both=in_both)
            self._take(_not_before(replace(question, policies=(*question.policies, added)), policy_id, today))
        elif not _has_begun(question, policy_id, today):
            moved = _with(question, replace(known, start_day=start_day, end_day=None, in_both=in_both))
            self._take(_not_before(moved, policy_id, today))
        elif known.end_day is not None and known.end_day >= today:
            self._take(_with(question, replace(known, end_day=None)))
        elif known.end_day is not None:
            rule = f"has ended, before day {known.end_day}, and cannot begin again in the same run"
            raise input_error("policy", rule, value=repr(policy_id))

    def drop(self, policy_id: str, *, today: int = 0) -> None:
        """End a policy today; one that has not begun is taken out altogether. Nothing happens to one that was not chosen."""
        question = self.question
        known = _chosen(question, policy_id)
        if known is None:
            return
        if not _has_begun(question, policy_id, today):
            left = tuple(chosen for chosen in question.policies if chosen is not known)
            self._take(replace(question, policies=left))
        elif known.end_day is None or known.end_day > today:
            self._take(_with(question, replace(known, end_day=today)))

    def move(self, policy_id: str, start_day: int | None, *, today: int = 0) -> None:
        """Let a policy that has not begun start on another day, today at the earliest (None: as its rows say).

        Raises InputError for one that has begun, or that was not chosen.
        """
        question = self.question
        known = _chosen(question, policy_id)
        if known is None:
            raise input_error("policy", "is not chosen", value=repr(policy_id))
        if _has_begun(question, policy_id, today):
            raise input_error("policy", "has begun, and its first day cannot be moved any more", value=repr(policy_id))
        self._take(_not_before(_with(question, replace(known, start_day=start_day)), policy_id, today))

    def put(self, step: HandStep, *, today: int = 0) -> None:
        """Add a change by hand, from today at the earliest."""
        start = max(step.start_day, today)
        if step.end_day is not None and step.end_day <= start:
            raise input_error("step", f"must end after day {start}, on which it begins", value=str(step.end_day))
        self._take(replace(self.question, steps=(*self.question.steps, replace(step, start_day=start))))

    def take_back(self, index: int, *, today: int = 0) -> None:
        """End the change number ``index`` of the question's ``steps`` today; one that has not begun is taken out.

        Raises InputError where there is no such change.
        """
        steps = list(self.question.steps)
        if not 0 <= index < len(steps):
            raise input_error("change", "is not there any more", value=str(index)[:_LONGEST_TOLD])
        step = steps[index]
        if today == 0 or step.start_day >= today:
            del steps[index]
        elif step.end_day is None or step.end_day > today:
            steps[index] = replace(step, end_day=today)
        self._take(replace(self.question, steps=tuple(steps)))

    def reset_to(self, question: Question) -> None:
        """Put another question on the desk, for a new start."""
        self._take(question)

    def _take(self, question: Question) -> None:
        """Take a question that both worlds can be made of."""
        for scenario in (question.measure(), question.without()):
            resolve(scenario)
        self.question = question


def _chosen(question: Question, policy_id: str) -> Chosen | None:
    return next((chosen for chosen in question.policies if chosen.policy_id == policy_id), None)


def _with(question: Question, chosen: Chosen) -> Question:
    """The question with this choice in the place of the one of its policy."""
    policies = (chosen if known.policy_id == chosen.policy_id else known for known in question.policies)
    return replace(question, policies=tuple(policies))


def _has_begun(question: Question, policy_id: str, today: int) -> bool:
    """Whether a day on which the policy acts has been played. On day 0 none has: even its warm-up can be played anew."""
    if today <= 0:
        return False
    steps = resolve(question.measure())
    return any(step.policy_id == policy_id and step.start_day < today for step in steps)


def _not_before(question: Question, policy_id: str, today: int) -> Question:
    """A policy that would have begun in the past begins today."""
    known = _chosen(question, policy_id)
    if known is None or not _has_begun(question, policy_id, today):
        return question
    return _with(question, replace(known, start_day=today))
