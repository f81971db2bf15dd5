"""What can stand between data and a model.

TrainingError
├── DataError        the data cannot be used as they are; the message says where and what to do
├── ConfigError      the configuration contradicts itself, or names what is not there
├── FitError         no model could be fitted
├── NotServable      a fitted model that the endpoint cannot serve
└── NotProven        raw records are not served as the fit saw them
"""


class TrainingError(Exception):
    """Base of everything that is wrong in training; the message is for the data scientist."""


class DataError(TrainingError):
    """The data cannot be used as they are."""


class ConfigError(TrainingError):
    """The configuration contradicts itself, or names what is not there."""


class FitError(TrainingError):
    """No model could be fitted."""


class NotServable(TrainingError):
    """A fitted model that the endpoint cannot serve."""


class NotProven(TrainingError):
    """Raw records are not served as the fit saw them; the message names columns and rows."""
