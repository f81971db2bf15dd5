"""A rival that serves the fits as its own documentation does, and what it answers. Arguments: vetiver or mlflow.

It is run in the rival's environment, and prints JSON: by fit and request the status and the body of the answer.
"""

import json
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings
from typing import Any

from benchmarks.kinds.cases import FITS, fitted, frame, requests

warnings.simplefilter("ignore")


def mlflow_app(results: Any) -> tuple[Any, str, Any]:
    """MLflow's scoring server on a model of its statsmodels flavour: application, path, and what wraps the records."""
    import mlflow  # noqa: PLC0415  # installed in its environment alone
    import mlflow.statsmodels  # noqa: PLC0415  # the same
    from mlflow.pyfunc.scoring_server import init  # noqa: PLC0415  # the same

    folder = tempfile.mkdtemp()
    mlflow.statsmodels.save_model(results, f"{folder}/model")
    return init(mlflow.pyfunc.load_model(f"{folder}/model")), "/invocations", lambda rows: {"dataframe_records": rows}


def vetiver_app(results: Any) -> tuple[Any, str, Any]:
    """Vetiver's API on the results, with a prototype of the raw fields."""
    from vetiver import VetiverAPI, VetiverModel  # noqa: PLC0415  # installed in its environment alone

    prototype = frame(1, 5)[["age", "spend", "region", "exposure"]]
    model = VetiverModel(results, "model", prototype_data=prototype)
    return VetiverAPI(model).app, "/predict", lambda rows: rows


def ask(app: Any, path: str, bodies: dict[str, Any], port: int) -> dict[str, tuple[int, Any]]:
    """The answers over HTTP."""
    import uvicorn  # noqa: PLC0415  # the same

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    answers = {}
    for name, body in bodies.items():
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310  # of this machine
                answers[name] = (response.status, json.loads(response.read()))
        except urllib.error.HTTPError as error:
            answers[name] = (error.code, error.read().decode()[:20_000])
    server.should_exit = True
    return answers


if __name__ == "__main__":
    make = {"mlflow": mlflow_app, "vetiver": vetiver_app}[sys.argv[1]]
    made: dict[str, Any] = {}
    for number, name in enumerate(FITS):
        try:
            app, path, wrap = make(fitted(name))
            made[name] = ask(app, path, {key: wrap(rows) for key, rows in requests().items()}, 18080 + number)
        except Exception as error:  # what a rival cannot even start is a result
            made[name] = dict.fromkeys(requests(), (0, f"{type(error).__name__}: {error}"[:300]))
    print(json.dumps(made))
