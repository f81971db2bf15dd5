"""What can be wrong with a model.

ModelError
├── ArtifactError        a model file that is refused: broken, inconsistent, or not the one that was meant
├── NotBinary            a model of another kind, where only models of two outcomes will do
└── ModelUnavailable     no model can be served now; `public` is the reason a caller may see
    ├── NotConfigured      the environment names no model, or names it wrongly
    ├── StoreFailure       the store did not give the object
    └── ModelRefused       the object is there, but its checksum or content was refused
"""


def is_panic(error: BaseException) -> bool:
    """Whether an extension in Rust (obstore, polars) gave up; its exception is no `Exception`, and each has its own."""
    return type(error).__name__ == "PanicException"


class ModelError(Exception):
    """Base of everything that is wrong with a model."""


class ArtifactError(ModelError):
    """A model file that is refused; the message names the reason."""


class NotBinary(ModelError):
    """A model of another kind, where only models of two outcomes will do."""


class ModelUnavailable(ModelError):
    """No model can be served now: the message is for the log, `public` for the caller."""

    def __init__(self, public: str, detail: str) -> None:
        super().__init__(detail)
        self.public = public


class NotConfigured(ModelUnavailable):
    """The environment names no model, or names it wrongly."""


class StoreFailure(ModelUnavailable):
    """The store did not give the object."""


class ModelRefused(ModelUnavailable):
    """The object is there, but its checksum or content was refused."""
