"""Laws of service and dwell times: one uniform in, one factor of mean 1 out, always by the quantile function.

Inverse transforms (never rejection, never two uniforms) keep a draw monotone in its uniform, so that paired worlds that share
the uniform stay close. The number of a law is its place in ``abm.corridor.tables.Law``.
"""

import functools
import math

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Floats
from abm.randomness import inverse_exponential, inverse_normal

CONSTANT, EXPONENTIAL, GAMMA, LOGNORMAL, HYPEREXPONENTIAL = 0, 1, 2, 3, 4

# Grid of the table of gamma quantiles: standard normal deviate z (it covers every uniform on the 2^-53 grid), s = shape**-0.5.
_Z_LOW, _Z_STEP, _N_Z = -8.5, 1.0 / 32.0, 545
_S_STEP, _N_S = 1.0 / 64.0, 66
_TINY = 1e-300


@kernel
def _lower_gamma_series(shape: float, x: float) -> float:
    """Sum in ``P(shape, x) = x**shape * exp(-x) / Gamma(shape + 1) * sum``; converges fast for x < shape + 1."""
    term = total = 1.0
    k = shape
    for _ in range(100_000):
        k += 1.0
        term *= x / k
        total += term
        if term < total * 1e-17:
            break
    return total


@kernel
def _upper_gamma_fraction(shape: float, x: float) -> float:
    """Continued fraction in ``Q(shape, x) = x**shape * exp(-x) / Gamma(shape) * fraction`` (modified Lentz), x >= shape + 1."""
    b = x + 1.0 - shape
    c = 1.0 / _TINY
    d = 1.0 / b
    fraction = d
    for i in range(1, 100_000):
        a = -i * (i - shape)
        b += 2.0
        d = a * d + b
        d = _TINY if abs(d) < _TINY else d
        c = b + a / c
        c = _TINY if abs(c) < _TINY else c
        d = 1.0 / d
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return fraction


@kernel
def gamma_tails(shape: float, x: float) -> tuple[float, float]:
    """``(P, Q)``: lower and upper tail of the gamma distribution with scale 1; the smaller one with full relative accuracy."""
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        lower = front / shape * _lower_gamma_series(shape, x)
        return lower, 1.0 - lower
    upper = front * _upper_gamma_fraction(shape, x)
    return 1.0 - upper, upper


@kernel
def gamma_quantile(u: float, shape: float) -> float:
    """Quantile of the gamma distribution with this shape and mean 1, exact to about 1e-13.

    Newton's method in log x on the logarithm of the smaller tail. Both log P and log Q are concave in log x for every shape, so
    that the iteration never diverges. Start: Wilson and Hilferty (1931), or the power law of the lower tail.
    """
    z = inverse_normal(u)
    root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    power = (math.log(u) + math.lgamma(shape + 1.0)) / shape
    log_x = math.log(shape) + 3.0 * math.log(root) if root > 0.1 else power
    if power < -40.0:
        return math.exp(power) / shape if power > -700.0 else 0.0
    log_gamma = math.lgamma(shape)
    for _ in range(200):
        x = math.exp(log_x)
        lower, upper = gamma_tails(shape, x)
        density = math.exp(shape * log_x - x - log_gamma)
        if u < 0.5:
            lower = max(lower, _TINY)
            step = (math.log(u) - math.log(lower)) * lower / max(density, _TINY)
        else:
            upper = max(upper, _TINY)
            step = (math.log(upper) - math.log1p(-u)) * upper / max(density, _TINY)
        log_x += min(max(step, -5.0), 5.0)
        if abs(step) < 1e-14:
            break
    return math.exp(log_x) / shape


@kernel
def _fill_gamma_table(table: Floats) -> None:
    for row in range(1, table.shape[0]):
        s = row * _S_STEP
        for column in range(table.shape[1]):
            z = _Z_LOW + column * _Z_STEP
            tail = 0.5 * math.erfc(abs(z) / math.sqrt(2.0))
            u = tail if z < 0.0 else 1.0 - tail
            if z > 3.0:  # 1 - u loses its digits there: solve the upper tail itself
                table[row, column] = _log_quantile_of_upper_tail(tail, 1.0 / (s * s)) / s
            else:
                table[row, column] = math.log(gamma_quantile(u, 1.0 / (s * s))) / s


@kernel
def _log_quantile_of_upper_tail(tail: float, shape: float) -> float:
    log_x = math.log(gamma_quantile(0.999, shape) * shape)
    log_gamma = math.lgamma(shape)
    for _ in range(200):
        x = math.exp(log_x)
        upper = gamma_tails(shape, x)[1]
        step = (math.log(upper) - math.log(tail)) * upper / math.exp(shape * log_x - x - log_gamma)
        log_x += min(max(step, -0.2), 0.2)
        if abs(step) < 1e-14:
            break
    return log_x - math.log(shape)


@functools.cache
def gamma_table() -> Floats:
    """Table ``log(x / shape) / s`` over (s = shape**-0.5, z) for shapes of at least 1; the row s = 0 is its limit, z.

    In these variables the quantile is almost a polynomial, so that cubic interpolation is good to 1e-7, relative, between
    tails of 1e-5 below and 1e-15 above, and to 1e-6 beyond.
    """
    table = np.empty((_N_S, _N_Z))
    table[0] = _Z_LOW + np.arange(_N_Z) * _Z_STEP
    _fill_gamma_table(table)
    return table


@kernel
def _cubic(t: float, a: float, b: float, c: float, d: float) -> float:
    """Cubic through (-1, a), (0, b), (1, c), (2, d) at t."""
    return (
        -t * (t - 1.0) * (t - 2.0) / 6.0 * a
        + (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0 * b
        - (t + 1.0) * t * (t - 2.0) / 2.0 * c
        + (t + 1.0) * t * (t - 1.0) / 6.0 * d
    )


@kernel
def fast_gamma(u: float, shape: float, table: Floats) -> float:
    """Quantile of the gamma distribution with mean 1: from the table for shape >= 1, by Newton's method below."""
    if shape < 1.0:
        return gamma_quantile(u, shape)
    s = 1.0 / math.sqrt(shape)
    across = (inverse_normal(u) - _Z_LOW) / _Z_STEP
    down = s / _S_STEP
    j = min(max(int(across), 1), _N_Z - 3)
    i = min(max(int(down), 1), _N_S - 3)
    t = across - j
    r0 = _cubic(t, table[i - 1, j - 1], table[i - 1, j], table[i - 1, j + 1], table[i - 1, j + 2])
    r1 = _cubic(t, table[i, j - 1], table[i, j], table[i, j + 1], table[i, j + 2])
    r2 = _cubic(t, table[i + 1, j - 1], table[i + 1, j], table[i + 1, j + 1], table[i + 1, j + 2])
    r3 = _cubic(t, table[i + 2, j - 1], table[i + 2, j], table[i + 2, j + 1], table[i + 2, j + 2])
    return math.exp(s * _cubic(down - i, r0, r1, r2, r3))


@kernel
def lognormal(u: float, cv: float) -> float:
    """Quantile of the lognormal distribution with mean 1 and this coefficient of variation."""
    variance = math.log1p(cv * cv)
    return math.exp(math.sqrt(variance) * inverse_normal(u) - 0.5 * variance)


@kernel
def hyperexponential(u: float, cv: float) -> float:
    """Quantile of the two-phase hyperexponential law with mean 1, this cv (>= 1) and balanced means.

    ``S(x) = p exp(-2 p x) + (1 - p) exp(-2 (1 - p) x)``, ``p = (1 + sqrt((cv**2 - 1) / (cv**2 + 1))) / 2``. log S is convex, so
    Newton's method from a lower bound (a tangent, or the slow phase alone) rises to the root without overshooting.
    """
    square = max(cv * cv, 1.0)
    p = 0.5 * (1.0 + math.sqrt((square - 1.0) / (square + 1.0)))
    q = 1.0 - p
    log_tail = math.log1p(-u)
    x = max(-log_tail / (2.0 * (p * p + q * q)), (math.log(q) - log_tail) / (2.0 * q))
    for _ in range(100):
        first = p * math.exp(-2.0 * p * x)
        second = q * math.exp(-2.0 * q * x)
        survival = first + second
        step = (math.log(survival) - log_tail) * survival / (2.0 * p * first + 2.0 * q * second)
        x += step
        if step <= 1e-15 * x:
            break
    return x


@kernel
def service_factor(u: float, law: int | np.int64, cv: float, vehicles: float, table: Floats) -> float:
    """Service time of a consignment over its mean, from one uniform.

    Up to one vehicle the law itself. A lot of n > 1 vehicles passes one after the other: cv / sqrt(n), lognormal for the
    lognormal law, gamma for the others (exact for sums of exponential and gamma times, two moments for the hyperexponential).
    """
    if law == CONSTANT:
        return 1.0
    if vehicles <= 1.0:
        if law == EXPONENTIAL:
            return inverse_exponential(u)
        if law == HYPEREXPONENTIAL:
            return hyperexponential(u, cv)
        vehicles = 1.0
    if law == EXPONENTIAL:
        return fast_gamma(u, vehicles, table)
    if cv <= 0.0:
        return 1.0
    if law == LOGNORMAL:
        return lognormal(u, cv / math.sqrt(vehicles))
    return fast_gamma(u, vehicles / (cv * cv), table)
