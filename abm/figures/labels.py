"""Places names on a map so that none covers another, nor a node, and as few lines as possible."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from abm.figures.style import LAND, canvas_of, text_size

Floats = npt.NDArray[np.float64]

#: Directions tried around a node, best first, and what each costs by itself.
_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES_PT = (4.5, 8.0, 12.0)
_DIRECTION_COST = 0.15
_DISTANCE_COST = 0.8
_LINE_COST = 1.0
_PAD_PT = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """One name and the point in data coordinates it belongs to; more important ones are placed first."""

    x: float
    y: float
    text: str
    importance: float
    size: float
    colour: str
    style: str = "normal"
    weight: str = "normal"


def overlaps(box: Floats, boxes: Floats) -> npt.NDArray[np.bool_]:
    """Which of ``boxes`` (n, 4: left, bottom, right, top) share area with ``box`` (4)."""
    return np.asarray(
        (box[0] < boxes[:, 2]) & (box[2] > boxes[:, 0]) & (box[1] < boxes[:, 3]) & (box[3] > boxes[:, 1]),
        dtype=np.bool_,
    )


def candidate_boxes(point: Floats, width: float, height: float, scale: float) -> tuple[Floats, Floats]:
    """Boxes (n, 4) in pixels around a point, and the cost of each (n); ``scale`` is pixels a typographic point."""
    boxes, costs = [], []
    for far, distance in enumerate(_DISTANCES_PT):
        gap = distance * scale
        for rank, (right, up) in enumerate(_DIRECTIONS):
            # Diagonal places come closer, for their corner is what is near the node.
            step = gap * (0.7 if right and up else 1.0)
            left = point[0] + right * step + (0 if right > 0 else -width if right < 0 else -width / 2)
            bottom = point[1] + up * step + (0 if up > 0 else -height if up < 0 else -height / 2)
            boxes.append((left, bottom, left + width, bottom + height))
            costs.append(_DIRECTION_COST * rank + _DISTANCE_COST * far)
    return np.array(boxes), np.array(costs)


def place(
    labels: list[Label], points: Floats, lines: Floats, frame: Floats, sizes: Floats, scale: float
) -> list[Floats | None]:
    """The box of each label in pixels, or None where there is no room.

    points (n, 2): nodes that stay free. lines (m, 2): samples of the links, each one covered counts. frame (4): the axes.
    sizes (labels, 2): width and height of each text. All in pixels; ``scale`` is pixels a typographic point.
    """
    taken = np.zeros((0, 4))
    radius = 2.2 * scale
    dots = np.column_stack([points - radius, points + radius]) if len(points) else np.zeros((0, 4))
    found: list[Floats | None] = [None] * len(labels)
    for index in sorted(range(len(labels)), key=lambda i: -labels[i].importance):
        home = np.array([labels[index].x, labels[index].y])
        boxes, costs = candidate_boxes(home, sizes[index, 0], sizes[index, 1], scale)
        best: tuple[float, Floats] | None = None
        for box, cost in zip(boxes, costs, strict=True):
            inside = box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
            if not inside or overlaps(box, taken).any() or overlaps(box, dots).any():
                continue
            covered = (lines[:, 0] > box[0]) & (lines[:, 0] < box[2]) & (lines[:, 1] > box[1]) & (lines[:, 1] < box[3])
            total = float(cost) + _LINE_COST * np.count_nonzero(covered) * scale / 6.0
            if best is None or total < best[0]:
                best = (total, box)
        if best is not None:
            found[index] = best[1]
            taken = np.vstack([taken, best[1] + np.array([-1, -1, 1, 1]) * _PAD_PT * scale])
    return found


def draw_labels(axes: Axes, labels: list[Label], points: Floats, lines: Floats) -> list[str]:
    """Write the labels that find room on ``axes``, whose limits and position are final; returns the texts that did.

    points (n, 2) and lines (m, 2) in data coordinates.
    """
    figure = axes.get_figure(root=True)
    if figure is None or not labels:
        return []
    canvas_of(figure)
    scale = figure.dpi / 72.0
    to_pixels = axes.transData.transform
    pixels = to_pixels(np.array([[label.x, label.y] for label in labels]))
    at = [
        Label(float(x), float(y), label.text, label.importance, label.size, label.colour, label.style, label.weight)
        for label, (x, y) in zip(labels, pixels, strict=True)
    ]
    sizes = np.array([text_size(figure, label.text, label.size, label.weight) for label in labels]) * figure.dpi
    window = axes.get_window_extent()
    frame = np.array([window.x0, window.y0, window.x1, window.y1]) + np.array([2, 2, -2, -2]) * scale
    boxes = place(
        at,
        to_pixels(points) if len(points) else points,
        to_pixels(lines) if len(lines) else lines,
        frame,
        sizes,
        scale,
    )
    drawn = []
    for label, box in zip(labels, boxes, strict=True):
        if box is None:
            continue
        x, y = axes.transData.inverted().transform(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
        axes.text(
            x,
            y,
            label.text,
            size=label.size,
            color=label.colour,
            fontstyle=label.style,
            weight=label.weight,
            ha="center",
            va="center",
            zorder=9,
            parse_math=False,
            path_effects=[withStroke(linewidth=2.0, foreground=LAND, alpha=0.9)],
        )
        drawn.append(label.text)
    return drawn
