"""What can go wrong while captured traffic is looked at.

MonitoringError
├── BlankId           an id without a sign in it, which stands for nobody
├── CannotReplay      a captured decision that cannot be made again
├── CaptureBroken     an object or line of the capture that cannot be read as one: it is named, and the others are read
├── NothingToMonitor  a model without a baseline, or a window without a scored record
├── OutcomesRefused   a file of outcomes that cannot be read as one
└── ShadowRefused     a second model that answers something else than the first
"""


class MonitoringError(Exception):
    """Base of everything that ends a look at captured traffic."""


class BlankId(MonitoringError):
    """An id without a sign in it; the message says what was expected."""


class CannotReplay(MonitoringError):
    """A captured decision that cannot be made again; the message says why."""


class CaptureBroken(MonitoringError):
    """An object or line of the capture that cannot be read as one; the message says why."""


class NothingToMonitor(MonitoringError):
    """A model without a baseline, or a window without a record."""


class OutcomesRefused(MonitoringError):
    """A file of outcomes that cannot be read as one; the message says what is wrong."""


class ShadowRefused(MonitoringError):
    """A second model that answers something else than the first; the message says what."""
