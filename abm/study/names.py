"""Names that a reader knows, for things that tables know by identifier."""

from collections import Counter

from abm.corridor.tables import Case, Direction


def post_names(case: Case) -> dict[str, str]:
    """Post -> ``Crossing, out of A`` or ``Crossing, into B``; its link is added where one crossing has several such posts."""
    names = {
        post.post_id: f"{_words(post.bcp_id)}, {'out of' if post.direction is Direction.OUTBOUND else 'into'} {post.country}"
        for post in case.posts
    }
    times = Counter(names.values())
    return {
        post.post_id: names[post.post_id] + (f" ({post.link_id})" if times[names[post.post_id]] > 1 else "")
        for post in case.posts
    }


def place_names(case: Case) -> dict[str, str]:
    """Node -> its name; with its identifier where two places have one name."""
    times = Counter(node.name for node in case.nodes)
    return {node.node_id: node.name + (f" ({node.node_id})" if times[node.name] > 1 else "") for node in case.nodes}


def _words(identifier: str) -> str:
    """``meghri-east`` as ``Meghri east``."""
    text = identifier.replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]
