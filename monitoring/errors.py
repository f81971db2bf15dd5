"""What can go wrong while captured traffic is looked at.

WatchError
├── BlankId          an id without a sign in it, which stands for nobody
├── CaptureBroken    an object or line of the capture that cannot be read as one: it is named, and the others are read
├── NothingToWatch   a model without a baseline, or a window without a scored record
└── OutcomesRefused  a file of outcomes that cannot be read as one
"""


class MonitoringError(Exception):
    """Base of everything that ends a look at captured traffic."""


class BlankId(MonitoringError):
    """An id without a sign in it; the message says what was expected."""


class CaptureBroken(MonitoringError):
    """An object or line of the capture that cannot be read as one; the message says why."""


class NothingToMonitor(MonitoringError):
    """A model without a baseline, or a window without a record."""


class OutcomesRefused(MonitoringError):
    """A file of outcomes that cannot be read as one; the message says what is wrong."""
