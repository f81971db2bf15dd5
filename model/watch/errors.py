"""What can go wrong while captured traffic is looked at.

WatchError
├── CaptureBroken    an object of the capture that cannot be read as one
├── NothingToWatch   a model without a baseline, or a window without a record
└── OutcomesRefused  a file of outcomes that cannot be read as one
"""


class WatchError(Exception):
    """Base of everything that ends a look at captured traffic."""


class CaptureBroken(WatchError):
    """An object of the capture that cannot be read as one; the message names it and the line."""


class NothingToWatch(WatchError):
    """A model without a baseline, or a window without a record."""


class OutcomesRefused(WatchError):
    """A file of outcomes that cannot be read as one; the message says what is wrong."""
