"""The same scorer behind vetiver's API. Arguments: the pickle, the port."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import uvicorn
from vetiver import VetiverAPI, VetiverModel
from vetiver.handlers.base import BaseHandler

from benchmarks.contenders.usual import Answer, Scorer


class Handler(BaseHandler):  # type: ignore[misc]  # vetiver is not installed where types are checked
    """How vetiver calls the scorer."""

    model_type = staticmethod(lambda: Scorer)
    pip_name = "statsmodels"

    def describe(self) -> str:
        """What it is."""
        return "segmentation"

    def handler_predict(self, input_data: list[Any], check_prototype: bool) -> list[Answer]:  # noqa: ARG002
        """Score the records of a request; without a prototype vetiver hands over what the JSON holds."""
        answers: list[Answer] = self.model.score(pd.DataFrame(input_data))
        return answers


if __name__ == "__main__":
    handler: Any = Handler(Scorer(Path(sys.argv[1]).read_bytes()), None)
    api = VetiverAPI(VetiverModel(handler, "segmentation"), check_prototype=False)
    uvicorn.run(api.app, port=int(sys.argv[2]), log_level="error")
