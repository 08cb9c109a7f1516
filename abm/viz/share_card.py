"""Keep a scenario, load one, hand it on as an address."""

from collections.abc import Callable

import solara

from abm.corridor.question import Question
from abm.corridor.question_file import parse_question, question_text
from abm.errors import InputError
from abm.viz.link import query_of
from abm.viz.share_widget import LONGEST, ShareWidget


@solara.component
def ShareCard(question: Question, case_name: str, on_load: Callable[[Question], None]) -> None:
    """Save, load, copy the address. A loaded scenario starts from the opening day; one that cannot be read changes nothing."""
    trouble, set_trouble = solara.use_state(())

    def load(found: dict[str, object]) -> None:
        text = str(found.get("text", ""))
        if not found or len(text) > LONGEST:
            return
        try:
            loaded = parse_question(text, place="the file", case=question.case, called=case_name)
            loaded.measure()
            loaded.without()
        except InputError as error:
            set_trouble(tuple(str(problem) for problem in error.problems))
            return
        set_trouble(())
        on_load(loaded)

    with solara.Card("Keep and share", elevation=1):
        ShareWidget.element(
            text=solara.use_memo(lambda: question_text(question, case_name), [question]),
            name=f"{case_name}-scenario.toml",
            query=f"?case={case_name}&{query_of(question)}",
            on_loaded=load,
        )
        for text in trouble:
            solara.Error(text, dense=True)
