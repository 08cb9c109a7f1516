"""Addressed random numbers: every draw is a function of *what is drawn*, never of when or in which order.

``hash(seed, process, keys) -> one uniform -> inverse transform``. Keys are 64-bit hashes of names, so that a row added to a
table, or another agent, changes nobody else's draws, and two worlds with one seed share every draw they have in common.

The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), applied once per key.
"""

import hashlib
import math
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_SHIFT_12 = np.uint64(12)
_TWO_TO_MINUS_52 = 2.0**-52
#: Standard normal quantile of 95 %: the range of a number is its 5 and 95 % points.
Z_95 = 1.6448536269514722


class Process(IntEnum):
    """What a number is drawn for; part of its address. Never renumber: it would change every result."""

    TASTE = 1
    FIRST_LOT = 2
    HOUR = 3
    ROUTE = 4
    SERVICE = 5
    DWELL = 6
    INCIDENT = 7
    AUTHORITY = 8
    ASSUMPTION = 9
    BACKGROUND = 10
    OPTIMISM = 11
    VALUE_OF_TIME = 12
    PROJECT = 13


def name_key(name: str) -> int:
    """64-bit key of a name: the first 8 bytes of its BLAKE2b digest (the same in every process and on every machine)."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


@kernel
def mix(state: np.uint64, key: np.uint64) -> np.uint64:
    """Fold one 64-bit key into a 64-bit state; start with ``mix(seed, process)``.

    The state is spread by an odd constant first: small seeds and small process numbers would otherwise meet (3 ^ 2 == 0 ^ 1), and
    one seed's tastes would be another seed's first lots. For a fixed state it is a bijection of the key, and the other way round.
    """
    z = ((state * _GOLDEN) ^ key) + _GOLDEN
    z = (z ^ (z >> _SHIFT_30)) * _MIX_1
    z = (z ^ (z >> _SHIFT_27)) * _MIX_2
    return z ^ (z >> _SHIFT_31)


@kernel
def uniform(state: np.uint64) -> float:
    """A double in the open interval (0, 1) from a mixed state: the midpoints of 2^52 cells, each one exact in a double."""
    return (float(state >> _SHIFT_12) + 0.5) * _TWO_TO_MINUS_52


@kernel
def inverse_exponential(u: float) -> float:
    """Quantile of the exponential distribution with mean 1."""
    return -math.log1p(-u)


@kernel
def inverse_normal(u: float) -> float:
    """Quantile of the standard normal distribution (Wichura 1988, algorithm AS 241 PPND16; relative error 1e-16)."""
    # fmt: off
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                   + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608)
            / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                   + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)
        )
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        x = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
             + 4.6303378461565452959) * r + 1.42343711074968357734) / (
            ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
               + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
             + 2.05319162663775882187) * r + 1.0)
    else:
        r -= 5.0
        x = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
             + 5.4637849111641143699) * r + 6.6579046435011037772) / (
            ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
               + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
             + 0.59983220655588793769) * r + 1.0)
    return -x if q < 0.0 else x
    # fmt: on


def address(seed: int, process: Process, *names: str) -> float:
    """The uniform drawn for ``(seed, process, names)``; for set-up, where names are still strings."""
    state = mix(np.uint64(seed), np.uint64(process))
    for name in names:
        state = mix(np.uint64(state), np.uint64(name_key(name)))
    return float(uniform(np.uint64(state)))


@kernel
def uniforms(
    seed: np.uint64, process: np.uint64, keys: npt.NDArray[np.uint64], second: np.uint64
) -> npt.NDArray[np.float64]:
    """One uniform per key for ``(seed, process, key, second)``; ``second`` is, say, the day."""
    start = mix(seed, process)
    draws = np.empty(keys.shape[0])
    for i in range(keys.shape[0]):
        draws[i] = uniform(mix(mix(start, keys[i]), second))
    return draws


@kernel
def uniforms_of_pairs(
    seed: np.uint64, process: np.uint64, first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float64]:
    """One uniform per pair of keys for ``(seed, process, first, second)``."""
    start = mix(seed, process)
    draws = np.empty(first.shape[0])
    for i in range(first.shape[0]):
        draws[i] = uniform(mix(mix(start, first[i]), second[i]))
    return draws
