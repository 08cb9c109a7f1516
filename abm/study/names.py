"""Names that a reader knows, for things that tables know by identifier."""

from collections import Counter

from abm.corridor.tables import Case, Direction, Post

_WAYS = {Direction.OUTBOUND: "out of", Direction.INBOUND: "into"}


def whole_trade(case: Case) -> str:
    """What the first denominator is called: ``XA, all partners``."""
    return f"{case.info.home}, {case.info.partners}"


def post_names(case: Case) -> dict[str, str]:
    """Post -> ``Crossing, out of A`` or ``Crossing, into B``; its link is added where one crossing has several such posts."""
    names = {post.post_id: f"{crossing_name(post)}, {_WAYS[post.direction]} {post.country}" for post in case.posts}
    times = Counter(names.values())
    return {
        post.post_id: names[post.post_id] + (f" ({post.link_id})" if times[names[post.post_id]] > 1 else "")
        for post in case.posts
    }


def crossing_name(post: Post) -> str:
    """What people call the crossing; made from its identifier where the table has no title."""
    return post.title or _words(post.bcp_id)


def place_names(case: Case) -> dict[str, str]:
    """Node -> its name; with its identifier where two places have one name."""
    times = Counter(node.name for node in case.nodes)
    return {node.node_id: node.name + (f" ({node.node_id})" if times[node.name] > 1 else "") for node in case.nodes}


def _words(identifier: str) -> str:
    """``pass-east`` as ``Pass east``."""
    text = identifier.replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]
