"""A figure as the bytes of a picture; whoever calls writes them."""

import io

from matplotlib.figure import Figure

from abm.figures.style import DPI, settings


def png(figure: Figure, *, dpi: int = DPI) -> bytes:
    """``figure`` as the bytes of a PNG file."""
    stream = io.BytesIO()
    with settings():
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()
