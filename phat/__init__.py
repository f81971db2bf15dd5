"""A fitted statsmodels model as an HTTPS endpoint on AWS Lambda.

`phat.export(results, data=...)` makes a model of live results, `phat.load` reads one; `phat.library` has both.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phat.library import Model, export, load

__all__ = ["Model", "export", "load"]

_HERE = os.path.dirname(__file__)
if not os.path.isdir(os.path.join(_HERE, "model")):  # a checkout or an image, where the packages stand next to this one
    __path__.append(os.path.dirname(_HERE))


def __getattr__(name: str) -> Any:
    """What the library has, imported when it is first used: the endpoint imports this package too."""
    if name not in __all__:
        raise AttributeError(f"module 'phat' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("phat.library"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
