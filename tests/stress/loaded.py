"""The handler with the reference model, and nothing that a function does not have."""

from collections.abc import Callable
from functools import cache
from typing import Any

from phat.model.model import Model
from tests.gateway import ROOT


@cache
def loaded_handler() -> Callable[..., dict[str, Any]]:
    """`lambda_handler` with the reference model, which needs no store."""
    import handler

    handler.serving.loaded = Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())
    return handler.lambda_handler
