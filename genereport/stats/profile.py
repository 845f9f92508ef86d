"""The adjusted profile likelihood of a dispersion, for many genes at once, and where it is highest.

Cox and Reid's adjustment subtracts half the log determinant of the information of the coefficients, so that the
dispersion is not biased by the number of coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from genereport.stats.negbin import cross_products, log_likelihood
from genereport.types import Array, Flags, Positions

_LIMITS = (float(np.log(1e-8)), 10.0)  # of the log dispersion
_STEP = 0.5  # first step of the search for an interval, doubled with every step
_TOLERANCE = 1e-10  # width of the interval at which the search ends
_ITERATIONS = 80
_GENES = 4096  # evaluated at once

Slope = Callable[[Array, Positions], Array]


@dataclass(frozen=True, eq=False)
class DispersionProfile:
    """The log likelihood of the dispersion of each gene at fixed means, with or without a prior.

    Attributes:
        counts: Whole counts, shape (n, p).
        mean: Their means, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        centre: Mean of the normal prior of the log dispersions, shape (p,); None: there is no prior.
        variance: Variance of the prior.

    Example:
        Where the sum of the squares is what Poisson counts have, the likelihood only falls.

        >>> profile = DispersionProfile(np.array([[9.0], [11.0]]), np.full((2, 1), 10.0), np.ones((2, 1)))
        >>> bool(profile.slope(np.array([-3.0]), np.array([0]))[0] < 0)
        True
    """

    counts: Array
    mean: Array
    design: Array
    centre: Array | None = None
    variance: float = 1.0

    def value(self, log_dispersion: Array) -> Array:
        """Return the adjusted log likelihood of every gene, shape (p,), up to a constant of the design.

        >>> profile = DispersionProfile(np.array([[2.0], [18.0]]), np.full((2, 1), 10.0), np.ones((2, 1)))
        >>> low, high = (float(profile.value(np.array([place]))[0]) for place in (-3.0, -0.5))
        >>> low < high  # counts that scatter much more than Poisson counts
        True
        """
        alpha = np.exp(log_dispersion)
        weights = 1 / (1 / self.mean + alpha)
        adjustment = np.linalg.slogdet(cross_products(weights, self.design))[1] / 2
        found = log_likelihood(self.counts, self.mean, alpha) - adjustment
        if self.centre is not None:
            found -= (log_dispersion - self.centre) ** 2 / (2 * self.variance)
        return np.asarray(found)

    def slope(self, log_dispersion: Array, genes: Positions) -> Array:
        """Return the derivative with respect to the log dispersion of some genes.

        Args:
            log_dispersion: Where, shape (g,).
            genes: Positions of the genes, shape (g,).

        Returns:
            The derivatives, shape (g,).

        >>> profile = DispersionProfile(np.array([[2.0], [18.0]]), np.full((2, 1), 10.0), np.ones((2, 1)))
        >>> numeric = (profile.value(np.array([-1.0 + 1e-5])) - profile.value(np.array([-1.0 - 1e-5]))) / 2e-5
        >>> bool(abs(profile.slope(np.array([-1.0]), np.array([0])) / numeric - 1)[0] < 1e-6)
        True
        """
        parts = [slice(start, start + _GENES) for start in range(0, len(genes), _GENES)]
        return np.concatenate([self._slope(log_dispersion[part], genes[part]) for part in parts] or [np.empty(0)])

    def _slope(self, log_dispersion: Array, genes: Positions) -> Array:
        counts, mean, alpha = self.counts[:, genes], self.mean[:, genes], np.exp(log_dispersion)
        size = 1 / alpha
        by_size = special.psi(counts + size) - special.psi(size) - np.log1p(alpha * mean)
        by_size += (mean - counts) / (mean + size)
        weights = 1 / (1 / mean + alpha)
        found = -size * by_size.sum(axis=0) + alpha * self._adjustment_slope(weights)
        if self.centre is not None:
            found -= (log_dispersion - self.centre[genes]) / self.variance
        return np.asarray(found)

    def _adjustment_slope(self, weights: Array) -> Array:
        """Return the derivative of the adjustment with respect to the dispersion: tr((X'WX)⁻¹ X'W²X) / 2."""
        rows, group = np.unique(self.design, axis=0, return_inverse=True)
        if len(rows) == self.design.shape[1]:  # groups, for which both matrices are diagonal
            member = np.eye(len(rows))[group.ravel()].T
            return np.asarray((member @ weights**2 / (member @ weights)).sum(axis=0) / 2)
        ratio = np.linalg.solve(cross_products(weights, self.design), cross_products(weights**2, self.design))
        return np.asarray(np.trace(ratio, axis1=1, axis2=2) / 2)


def climb(profile: DispersionProfile, start: Array, flat: float) -> Array:
    """Return the log dispersions at which the slope is zero, the first uphill from the start.

    Args:
        profile: What is to be maximised.
        start: Log dispersion that the search of each gene starts at, shape (p,).
        flat: Genes stay at the start if the square of the slope there is below this.

    Returns:
        Log dispersions between log(1e-8) and 10, shape (p,).

    Example:
        The estimate does not depend on where the search starts.

        >>> profile = DispersionProfile(np.array([[2.0], [18.0]]), np.full((2, 1), 10.0), np.ones((2, 1)))
        >>> [float(climb(profile, np.array([start]), flat=1e-6).round(8)[0]) for start in (-3.0, 1.0)]
        [0.34004569, 0.34004569]
    """
    result = np.clip(start, *_LIMITS)
    genes = np.arange(len(start))
    slope = profile.slope(result, genes)
    moving = slope**2 > flat
    genes, here, slope = genes[moving], result[moving], slope[moving]
    step = np.where(slope > 0, _STEP, -_STEP)
    while len(genes):
        there = np.clip(here + step, *_LIMITS)
        ahead = profile.slope(there, genes)
        crossed, ended = ahead * slope <= 0, (there == _LIMITS[0]) | (there == _LIMITS[1])
        if crossed.any():
            ends = (here[crossed], there[crossed], slope[crossed], ahead[crossed])
            result[genes[crossed]] = _find_zero(profile.slope, genes[crossed], *ends)
        result[genes[ended & ~crossed]] = there[ended & ~crossed]
        going = ~crossed & ~ended
        genes, here, slope, step = genes[going], there[going], ahead[going], 2 * step[going]
    return np.asarray(result)


def _find_zero(slope: Slope, genes: Positions, a: Array, b: Array, at_a: Array, at_b: Array) -> Array:
    """Return where the slopes of genes are zero, between a and b, by the method of Anderson and Björck.

    It is the secant method, but for an end that stays: the slope there is reduced, so that both ends move.
    """
    found, active = b.copy(), np.arange(len(genes))
    for _ in range(_ITERATIONS):
        weight = np.where(at_a == at_b, 0.5, at_a / np.where(at_a == at_b, 1.0, at_a - at_b))
        c = a + weight * (b - a)
        at_c = slope(c, genes[active])
        found[active] = c
        a, b, at_a, at_b = _shorter(a, b, at_a, at_b, c, at_c)
        going = (np.abs(b - a) > _TOLERANCE) & (at_b != 0)
        a, b, at_a, at_b, active = a[going], b[going], at_a[going], at_b[going], active[going]
        if not len(active):
            break
    return found


def _shorter(a: Array, b: Array, at_a: Array, at_b: Array, c: Array, at_c: Array) -> tuple[Array, Array, Array, Array]:
    """Return the interval from the new point c to the end with the other sign."""
    other: Flags = at_c * at_b < 0
    share = 1 - at_c / np.where(other, 1.0, at_b)
    reduced = at_a * np.where(share > 0, share, 0.5)
    return np.where(other, b, a), c, np.where(other, at_b, reduced), at_c
