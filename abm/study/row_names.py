"""Short names of what outcomes are about, for rows of tables and figures; :mod:`abm.study.outcome_words` has the full ones."""

from abm.corridor.tables import Case
from abm.study.names import crossing_name, place_names, post_names, whole_trade
from abm.worlds import MEASURE

_CUT = "cut/"
_ALL = "all"


def row_name(case: Case, of: str) -> str:
    """``XA, all partners``, ``XA-XB, both directions``, ``XA to XB``, the title of a cut, the name of a post or a route."""
    if of.startswith(_CUT):
        name = of.removeprefix(_CUT)
        titles = {cut.name: cut.title for cut in case.info.cuts}
        return "Over the links that open" if name == MEASURE else titles.get(name, name)
    if of == case.info.home:
        return whole_trade(case)
    if ">" in of:
        return _direction(case, of)
    if "-" in of and of in {f"{a}-{b}" for a, b in case.info.pairs}:
        return f"{of}, both directions"
    posts, crossings = post_names(case), {post.bcp_id: crossing_name(post) for post in case.posts}
    return "The links that open" if of == MEASURE else posts.get(of, crossings.get(of, of))


def _direction(case: Case, of: str) -> str:
    """One direction of a pair, exports or imports, or a route between places by a mode."""
    ends, _, mode = of.partition("/")
    start, _, end = ends.partition(">")
    if mode:
        names = place_names(case)
        return f"{names.get(start, start)} to {names.get(end, end)} by {mode}"
    if end == _ALL:
        return f"Exports of {start}"
    return f"Imports of {end}" if start == _ALL else f"{start} to {end}"
