"""Each file is whole or as it was: written beside its place under another name, then put there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

#: What two processes that write the same file tell theirs apart by.
_TOKEN_BYTES = 4


@contextmanager
def replacing(*targets: Path) -> Iterator[list[Path]]:
    """Names beside the targets, in their order, for the block to write to; once it has ended well, each file takes its place.

    The block writes each of them in full and waits until it is on the disk (fsync). When it fails or is stopped, none is left
    and all targets are as they were. They take their places one after another: when one cannot, those before it stand. Raises
    what the block raises, and OSError when a file cannot take its place. A killed process leaves its hidden files behind.
    """
    halves = [target.with_name(f".{target.name}-{token_hex(_TOKEN_BYTES)}") for target in targets]
    try:
        yield halves
        for half, target in zip(halves, targets, strict=True):
            half.replace(target)
    except BaseException:
        for half in halves:
            with suppress(OSError):
                half.unlink()
        raise
