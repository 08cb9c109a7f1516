"""What a map needs to know of a network, in plain arrays."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class NodeRow(Protocol):
    """What a map needs of a node; a row of nodes.csv has it."""

    @property
    def node_id(self) -> str:
        """Name by which links refer to it."""

    @property
    def name(self) -> str:
        """What is written on the map."""

    @property
    def node_type(self) -> str:
        """city, port, border, junction or zone."""

    @property
    def x_coord(self) -> float:
        """Longitude, degrees east."""

    @property
    def y_coord(self) -> float:
        """Latitude, degrees north."""


class LinkRow(Protocol):
    """What a map needs of a link; a row of links.csv has it."""

    @property
    def link_id(self) -> str:
        """Name by which flows refer to it."""

    @property
    def from_node_id(self) -> str:
        """One end."""

    @property
    def to_node_id(self) -> str:
        """The other end."""

    @property
    def mode(self) -> str:
        """road, rail or sea."""

    @property
    def status(self) -> str:
        """open, or anything else."""


@dataclass(frozen=True, slots=True)
class MapView:
    """A network to draw. lon, lat (n_nodes): degrees. from_node, to_node: rows of the nodes, one per link."""

    names: tuple[str, ...]
    node_types: tuple[str, ...]
    lon: Floats
    lat: Floats
    link_ids: tuple[str, ...]
    from_node: npt.NDArray[np.int64]
    to_node: npt.NDArray[np.int64]
    modes: tuple[str, ...]
    statuses: tuple[str, ...]


def map_view(nodes: Iterable[NodeRow], links: Iterable[LinkRow]) -> MapView:
    """A view of the rows of nodes.csv and links.csv. Raises KeyError for a link to a node that is not there."""
    places, stretches = tuple(nodes), tuple(links)
    row = {node.node_id: i for i, node in enumerate(places)}
    return MapView(
        names=tuple(node.name for node in places),
        node_types=tuple(node.node_type for node in places),
        lon=np.array([node.x_coord for node in places], dtype=np.float64),
        lat=np.array([node.y_coord for node in places], dtype=np.float64),
        link_ids=tuple(link.link_id for link in stretches),
        from_node=np.array([row[link.from_node_id] for link in stretches], dtype=np.int64),
        to_node=np.array([row[link.to_node_id] for link in stretches], dtype=np.int64),
        modes=tuple(str(link.mode) for link in stretches),
        statuses=tuple(str(link.status) for link in stretches),
    )
