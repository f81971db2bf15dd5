"""MLflow's own client against the local server."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.local import Server

SCRIPT = """
import json, sys
import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
client = ScoringServerClient("127.0.0.1", int(sys.argv[1]))
client.ping()
found = client.invoke(pd.DataFrame(json.load(sys.stdin))).get_predictions()
print(found[["business_outcome", "phat"]].to_json(orient="records", double_precision=15))
"""


def test_client_scores_a_frame(server: Server, examples: list[dict[str, Any]]) -> None:
    """MLflow's client pings the server and scores a frame without gaps: one row of figures a record."""
    records = [{name: value for name, value in example["record"].items() if value} for example in examples]
    shared = [{name: record[name] for name in set.intersection(*map(set, records))} for record in records]
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(server.port)]
    done = subprocess.run(command, input=json.dumps(shared), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert [row["business_outcome"] for row in found] == ["event", "not event"]
    assert [row["phat"] for row in found] == pytest.approx([0.7224644184562925, 0.08938371087386138], abs=1e-12)
