"""The library: a model of live statsmodels results, or of a file, to score with, save, publish and serve.

What only one of these needs is imported when it is called: `import phat` costs nothing.
"""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phat import rows as tables
from phat.errors import NotInstalled
from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError, StoreFailure
from phat.model.model import Model as Scorer
from phat.model.pin import MAX_BYTES
from phat.model.validation import KEY, check_key
from phat.model.visible import visible_line

if TYPE_CHECKING:
    import pandas as pd

    from phat.model.store import Published
    from phat.rows import OnError, Rows
    from phat.server.background import Background

_S3 = "s3://"
_TRAINING = ("numpy", "pandas", "scipy", "statsmodels")


class Model:
    """A model that was exported or loaded, checked as the endpoint checks it.

    Rows are a pandas DataFrame, or a list of records (dicts of raw values by field); cells that are NaN, NaT or NA are
    missing. They go through the endpoint's own path, so its answers are the same to the bit.
    """

    def __init__(self, data: bytes) -> None:
        """Read a model file's bytes; ArtifactError names the reason when it is refused."""
        self._data = data
        self._scorer = Scorer.from_bytes(data)

    @property
    def artifact(self) -> Artifact:
        """Everything in the file, as a frozen value."""
        return self._scorer.artifact

    @property
    def name(self) -> str:
        """The model's name."""
        return self.artifact.name

    @property
    def version(self) -> str:
        """The first 12 hexadecimal digits of the file's SHA-256."""
        return self._scorer.version

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, 64 hexadecimal digits."""
        return self._scorer.sha256

    def predict(self, rows: "Rows", on_error: "OnError" = "raise") -> Any:
        """Score rows (n), as the endpoint does without `include`.

        A model of two outcomes answers `phat`, a probability, and `business_outcome`, the event's label when it reaches
        the cutoff; one of a mean `prediction`; one of classes `business_outcome`, the most probable, and
        `probabilities` by class (in a frame columns such as `probability_bus`).

        A DataFrame gives a DataFrame with the same index, records give records. With `on_error="raise"` InvalidRows
        names the labels and fields of rows that are refused; with "nan" their numbers are NaN in a frame and None in
        records, and `business_outcome` is missing. Warns of AbsentField for each field that no row has.
        """
        from phat.api.kinds import kind_of

        read = tables.read_rows(rows)
        predictions = tables.score_rows(self._scorer, read, on_error)
        kind = kind_of(self.artifact)
        if read.frame is not None:
            cells = [None if each is None else kind.cells(each) for each in predictions]
            return tables.as_frame(read, kind.columns, cells, texts=("business_outcome",))
        return [kind.nothing() if each is None else kind.item(each) for each in predictions]

    def explain(self, rows: "Rows", on_error: "OnError" = "raise") -> Any:
        """What each field adds to the linear predictor of each row (n), as `include=contributions` of the endpoint.

        A DataFrame gives a DataFrame with the same index and columns such as `contribution_constant` and
        `contribution_age`, which add up to the linear predictor; under the logit link also odds ratios, under the log
        link ratios of means, and with a baseline the same relative to the average record of training. Records give
        dicts, the largest contributions first. Rows that are refused are as in `predict`; in records they are None.
        ModelError for a model of classes that have coefficients each.
        """
        from phat.api.includes import Contributions

        if not self.artifact.coefficients:
            raise ArtifactError(
                f"model {self.name} has coefficients for each class, and no contributions to one predictor"
            )
        read = tables.read_rows(rows)
        predictions = tables.score_rows(self._scorer, read, on_error)
        part = Contributions(self._scorer)
        if read.frame is None:
            return [None if each is None else part.item(each) for each in predictions]
        cells = [None if each is None else part.cells(each) for each in predictions]
        return tables.as_frame(read, part.columns, cells)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, over one that is there."""
        Path(path).write_bytes(self._data)

    def publish(self, address: str, *, unproven: bool = False) -> "Published":
        """Check against statsmodels and write to `models/NAME/VERSION/model.json` of an S3 bucket, once and for all.

        `address` is "s3://BUCKET"; `AWS_ENDPOINT_URL` is honoured. The answer has the `pin` of a deployment: bucket,
        key, SHA-256 and object version. ModelError for a model that is not proven on raw records, unless `unproven`, or
        if other bytes stand under its key; botocore's errors if S3 refuses.
        """
        bucket, _, rest = address.removeprefix(_S3).partition("/")
        if not address.startswith(_S3) or not bucket or rest:
            raise ValueError(f"got {address!r}, expected an address such as s3://bucket")
        self.artifact.provenance.proof.check(unproven=unproven)
        _require("publish", "training", _TRAINING)
        from phat.model.store import publish
        from phat.training.parity import check_parity

        check_parity(self._data)
        return publish(self._data, bucket)

    def serve(self, port: int = 1313) -> "Background":
        """Serve the endpoint on this machine, at 127.0.0.1, from a process of its own, and return once it answers.

        The answer has its `address`; it ends by `stop()`, at the end of a `with` block, or with this program.
        A script that only serves calls `wait()`. OSError if the port is taken; 0 is any that is free.
        """
        _require("serve", "training", ("uvicorn",))
        from phat.server.background import start

        return start(self._data, self.name, port)

    def __repr__(self) -> str:
        proof = self.artifact.provenance.proof.text
        return f"<phat.Model {visible_line(self.name)} {self.version}, {self.artifact.link}, {proof}>"

    def _repr_html_(self) -> str:
        """The model's card, where a notebook shows it."""
        from phat.model.card.card import card
        from phat.model.card.html import fragment

        return fragment(card(self._scorer))


def export(
    results: Any,
    *,
    data: "pd.DataFrame | None" = None,
    expected: "pd.DataFrame | None" = None,
    name: str = "model",
    fields: Mapping[str, Mapping[str, Any]] | None = None,
    columns: Sequence[str] | None = None,
    cutoff: float = 0.5,
    labels: Mapping[str, str] | None = None,
    about: str = "",
    intended_use: str = "",
    limits: str = "",
    contact: str = "",
    window: str = "",
    outcomes: Mapping[str, str] | None = None,
    actions: Mapping[str, str] | None = None,
    good: str = "",
    answer_unit: str = "",
    examples: Sequence[Mapping[str, Any]] | None = None,
    records: bool = True,
) -> Model:
    """Make a model of live statsmodels results, and prove it.

    `data` are the rows that the fit was made of, raw, as clients will send them; rows that the fit dropped may be
    among them. Every row that it used must become the fit's own columns, and be answered as statsmodels answers it.
    `expected` are raw rows with a column `phat`, statsmodels' predictions, for results that have lost their data.
    Without either, the fit's own frame stands for the raw rows where its columns are the fields as they are, or a
    formula made them; else the model is "not proven on raw records", and `publish` asks for `unproven=True`.

    What the fields are need not be said: a formula tells it (patsy and formulaic), and of a fit of arrays the columns,
    the offset and the exposure are recognised in `data`. Ambiguous lists what numbers alone cannot decide, each choice
    as `fields` to paste. `fields` say more of fields by name: `label`, `unit`, `fill`, `required`, `gap`, `unknown`,
    `missing`. They may also define all of them: `{"centre": 45, "scale": 15}` is a standardised number, `{"levels":
    ["north", "south"], "reference": "north"}` a category, whose level makes the column `field_level`; docs/training.md
    lists all keys. `columns` are names for the fit's columns, in its order, if it has none or others. `cutoff` is the
    `phat` from which `labels["event"]` is the outcome, else `labels["other"]`, of models of two outcomes. With
    `records=False` golden records are made up, and no row of the data is in the file. Notices of what should be known
    are warned of, and kept.

    `about`, `intended_use` (for whom and what), `limits`, `contact` and `window` (the time that the data are of) are
    texts of the model's card. The page says answers by these: `outcomes` and `actions`, of outcomes by their label what
    one means ({"event": "buys"}) and what to do then ({"event": "call them"}); `good`, the label of the good one;
    `answer_unit`, the unit of a mean; `examples`, raw records that everybody may see.

    Raises a TrainingError (Ambiguous, NotServable, NotProven, DataError, ConfigError) or ArtifactError that says what
    is wrong.
    """
    _require("export", "training", _TRAINING)
    from phat.live import export_live

    definitions: dict[str, Any] = {"name": name, "columns": columns, "cutoff": cutoff, "labels": labels, "about": about}
    definitions |= {"intended_use": intended_use, "limits": limits, "contact": contact, "window": window}
    definitions |= {"outcomes": outcomes, "actions": actions, "good": good, "answer_unit": answer_unit}
    definitions["examples"] = None if examples is None else [dict(record) for record in examples]
    artifact = export_live(
        results,
        data,
        expected,
        fields,
        {key: item for key, item in definitions.items() if item is not None},
        shown=records,
    )
    return Model(artifact.to_bytes())


def load(source: str | os.PathLike[str]) -> Model:
    """Read a model file, of this machine by path or of S3 by address: "s3://BUCKET/models/NAME/VERSION/model.json".

    ArtifactError names the reason when it is refused; OSError or StoreFailure when it cannot be read.
    """
    if not isinstance(source, str) or not source.startswith(_S3):
        return Model(Path(source).read_bytes())
    bucket, _, key = source.removeprefix(_S3).partition("/")
    if not bucket or not key:
        raise ValueError(f"got {source!r}, expected an address such as s3://bucket/models/NAME/VERSION/model.json")
    model = Model(_fetch(bucket, key))
    if KEY.fullmatch(key):
        check_key(key, model.name, model.version)
    return model


def _fetch(bucket: str, key: str) -> bytes:
    from botocore.exceptions import BotoCoreError, ClientError

    from phat.model.store import client

    try:
        data: bytes = client().get_object(Bucket=bucket, Key=key)["Body"].read(MAX_BYTES + 1)
    except (BotoCoreError, ClientError) as error:
        raise StoreFailure("the model could not be read", f"s3://{bucket}/{key}: {error}") from error
    return data


def _require(what: str, extra: str, packages: Sequence[str]) -> None:
    """NotInstalled if packages of an extra are not there."""
    if lacking := [package for package in packages if find_spec(package) is None]:
        raise NotInstalled(f"{what} needs {', '.join(lacking)}: pip install 'phat[{extra}]'")
