"""A share in percent, as all texts have it."""

from math import floor, log10


def percent(share: float) -> str:
    """A share in percent, with a decimal, or as many as a small share, or one near 1, needs for two digits."""
    rarer = 100 * min(share, 1 - share)
    return f"{100 * share:.{1 if rarer >= 1 or rarer <= 0 else 1 - floor(log10(rarer))}f} %"
