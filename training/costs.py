"""What decisions cost on records whose outcome is known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from phat.training.cutoff import cutoff_of_costs

Vector = NDArray[np.float64]


def costs(target: Vector, phat: Vector, cutoff: float, miss: float, false_alarm: float) -> dict[str, Any]:
    """Costs a record: at the model's cutoff, at the one of the costs, at the best for these records, of all and none.

    `best` is the cutoff that would have cost least here: it flatters, as it was chosen on these records.
    """
    by_costs = cutoff_of_costs(miss, false_alarm)
    best = _best(target, phat, miss, false_alarm)
    at = {"model": cutoff, "costs": by_costs, "best": best}
    return {
        "cost_of_miss": miss,
        "cost_of_false_alarm": false_alarm,
        "cutoffs": at,
        "a_record": {name: _cost(target, phat >= value, miss, false_alarm) for name, value in at.items()}
        | {"all": _cost(target, np.ones(len(target), bool), miss, false_alarm),
           "none": _cost(target, np.zeros(len(target), bool), miss, false_alarm)},
    }  # fmt: skip


def cost_sentence(figures: dict[str, Any], label: str) -> str:
    """What the costs say."""
    cutoffs, each = figures["cutoffs"], figures["a_record"]
    return (
        f"a record costs {each['model']:.4g} at the model's cutoff of {cutoffs['model']:.4g}, {each['costs']:.4g} at "
        f"{cutoffs['costs']:.4g}, from which calling pays at these costs, {each['best']:.4g} at best (at "
        f"{cutoffs['best']:.4g}, chosen on these records); {each['all']:.4g} if all are called {label}, "
        f"{each['none']:.4g} if none is"
    )


def _cost(target: Vector, called: NDArray[np.bool_], miss: float, false_alarm: float) -> float:
    return float((miss * (~called & (target == 1)) + false_alarm * (called & (target == 0))).mean())


def _best(target: Vector, phat: Vector, miss: float, false_alarm: float) -> float:
    """The score from which calling costs least, 1 if none is to be called; of several the lowest."""
    order = np.argsort(-phat, kind="stable")
    events = np.concatenate([[0.0], np.cumsum(target[order])])
    called = np.arange(len(target) + 1)
    total = miss * (events[-1] - events) + false_alarm * (called - events)
    ends = np.concatenate([[True], np.append(phat[order][1:] != phat[order][:-1], True)])
    best = int(np.flatnonzero(ends)[np.argmin(total[ends])])
    return float(phat[order][best - 1]) if best else 1.0
