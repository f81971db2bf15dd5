"""The seed-like Flask app: pickle, pandas, statsmodels, Flask's own server. Arguments: the pickle, the port."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from flask import Flask, request

from benchmarks.contenders.usual import Scorer

app = Flask(__name__)
scorer = Scorer(Path(sys.argv[1]).read_bytes())


@app.post("/predict")
def predict() -> Any:
    """Score a record or an array of records."""
    sent = request.get_json()
    return scorer.score(pd.DataFrame(sent if isinstance(sent, list) else [sent]))


if __name__ == "__main__":
    app.run(port=int(sys.argv[2]))
