"""The same scorer as an MLflow model. Arguments: the pickle, the folder to save the model to."""

import sys
from pathlib import Path
from typing import Any

import mlflow.pyfunc

from benchmarks.contenders.usual import Answer, Scorer


class Model(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is not installed where types are checked
    """How MLflow calls the scorer."""

    def load_context(self, context: Any) -> None:
        """Load the pickle."""
        self.scorer = Scorer(Path(context.artifacts["pickle"]).read_bytes())

    def predict(self, context: Any, model_input: Any, params: Any = None) -> list[Answer]:  # noqa: ARG002
        """Score the records of a request."""
        return self.scorer.score(model_input)


if __name__ == "__main__":
    mlflow.pyfunc.save_model(sys.argv[2], python_model=Model(), artifacts={"pickle": sys.argv[1]})
