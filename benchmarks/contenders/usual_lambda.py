"""The usual function: boto3, a pickle loaded with the module, powertools' resolver, logger and metrics."""

import os
from typing import Any

import boto3
import pandas as pd
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.contenders.usual import Scorer, read_csv

logger = Logger(service="usual")
metrics = Metrics(namespace="usual", service="usual")
app = APIGatewayRestResolver()

pickled = boto3.client("s3").get_object(Bucket=os.environ["MODEL_BUCKET"], Key=os.environ["PICKLE_KEY"])
scorer = Scorer(pickled["Body"].read())


@app.post("/predict")
def predict() -> dict[str, Any]:
    """Score the records of the body."""
    if app.current_event.headers.get("content-type", "").startswith("text/csv"):
        raw_records = read_csv(app.current_event.body or "")
    else:
        sent = app.current_event.json_body
        raw_records = pd.DataFrame(sent if isinstance(sent, list) else [sent])
    predictions = scorer.score(raw_records)
    metrics.add_metric(name="Predictions", unit=MetricUnit.Count, value=len(predictions))
    return {"predictions": predictions}


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one REST proxy event."""
    return app.resolve(event, context)
