"""What the fuzzer attacks: each target takes any bytes and raises AssertionError when a promise is broken.

The targets need no fuzzer: `make test` replays the kept corpus through them.
"""

import base64
import contextlib
import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from math import isfinite
from random import Random
from typing import Any

from phat.api.body import read_records
from phat.api.errors import RequestError
from phat.api.media import LINES
from phat.api.proxy_event import proxy_event
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.clean import clean_number, clean_record
from phat.preprocessing.errors import MAX_ERRORS, MAX_QUOTE, BeyondFloats, InvalidRecords, RecordError
from phat.preprocessing.names import ID
from phat.preprocessing.schema import MISSING_WORDS, NumberField
from phat.server.asgi import LocalContext
from tests.gateway import ROOT, Answer
from tests.stress.files import files
from tests.stress.loaded import loaded_handler
from tests.stress.queries import queries
from tests.stress.tables import read_rows
from tests.unit.batch.test_random_models import check_random
from tests.unit.preprocessing.numerals import spell

REFUSALS = {400, 404, 405, 406, 413, 415, 422}
PATHS = ("/predict", "/invocations", "/predict/", "/model", "/health", "/nothing")
METHODS = ("POST", "POST", "POST", "GET", "PUT", "OPTIONS", "HEAD")
CONTENT_TYPES = (None, "application/json", "text/csv", "text/csv; charset=utf-8", "application/xml", LINES)
ACCEPTS = (None, "text/csv", "application/json", "*/*;q=0.1, text/csv;q=0.5", "image/png")
QUERIES: tuple[list[tuple[str, str]], ...] = (
    [],
    [("include", "variables,imputed,interval,contributions")],
    [("include", "interval"), ("level", "0.9"), ("include", "imputed")],
    [("include", "none")],
    [("include", "all")],
)
_QUOTE = rf"'.{{0,{MAX_QUOTE}}}'(?:\.\.\.)?"
_DETAIL = re.compile(rf"got (?:{_QUOTE}(?: and {_QUOTE})?|[^']*|none of the model's fields), expected .*")
_PIECES = (
    *"0123456789.,$%()+-eE _\t\u00a0\u0663\u2212\0",
    ",123",
    "1,234",
    "e+5",
    "($",
    "%)",
    "nan",
    "n/a",
    "1e308",
    "00",
)
_JSON_BLANKS = " \t\r\n"
_INVISIBLE = {0xAD, 0x180E, *range(0x200B, 0x2010), 0x2060, 0xFEFF}
_SINGLE = 3
"""How many records of a batch are sent alone too."""


@cache
def _model() -> Model:
    return Model.from_bytes((ROOT / "model" / "reference" / "segmentation.json").read_bytes())


@cache
def _predictor() -> Predictor:
    return _model().predictor


def numbers(data: bytes) -> None:
    """Any text is the number that the rules, written a second time, say it is, or the same error."""
    text = _spelt(data[1:]) if data[:1] < b"\x80" else data[1:].decode(errors="surrogateescape")
    expected = spell(text)
    try:
        found: float | str | None = clean_number(text)
    except RecordError as error:
        assert_short(error.detail)
        found = error.code
    assert repr(found) == repr(expected), f"{text!r}: got {found!r}, expected {expected!r}"


def _spelt(data: bytes) -> str:
    """A text of the pieces that numbers are made of, one for each byte: few texts of random characters are near one."""
    return "".join(_PIECES[byte % len(_PIECES)] for byte in data)


def cleaning(data: bytes) -> None:
    """Text in any field is cleaned as its kind says, and the model's columns and figures are finite."""
    predictor = _predictor()
    fields = predictor.artifact.schema.fields
    record: dict[object, object] = {}
    for part in data.split(b"\xff"):
        if part:
            record[fields[part[0] % len(fields)].name] = part[1:].decode(errors="surrogateescape")
    wrong: dict[str | None, str] = {
        field.name: code for field in fields if (code := _code(field, record.get(field.name)))
    }
    if not record:
        wrong = {None: "no_known_field"}
    elif not wrong and all(_meaning(field, record.get(field.name)) is None for field in fields):
        wrong = {None: "no_values"}
    try:
        cleaned = clean_record(record, predictor.artifact.schema)
    except ExceptionGroup as group:
        codes = {error.field: error.code for error in group.exceptions if isinstance(error, RecordError)}
        assert codes == wrong, f"{record!r}: {codes}, expected {wrong}"  # no test: any input
        return
    assert not wrong, f"{record!r}: accepted, expected {wrong}"
    assert cleaned == {field.name: _meaning(field, record.get(field.name)) for field in fields}, record
    with contextlib.suppress(ExceptionGroup):  # beyond the model's arithmetic
        prediction = predictor.predict_one(record)
        assert all(map(isfinite, (prediction.linear_predictor, *prediction.values)))
        assert 0 <= prediction.answer <= 1


def _meaning(field: Any, raw: object) -> float | str | None:
    """The number or level of a raw text by the rules, None if it is missing, a KeyError if it has no meaning."""
    if raw is None:
        return None
    text = str(raw)
    if isinstance(field, NumberField):
        found = spell(text)
        if isinstance(found, str):
            raise KeyError(found)
        return found
    spelling = unicodedata.normalize("NFC", text).strip().casefold()
    if spelling in ("", *MISSING_WORDS):
        return None
    levels: dict[str, str] = {level.casefold(): level for level in field.levels}
    if spelling not in levels:
        raise KeyError("unknown_level")
    return levels[spelling]


def _code(field: Any, raw: object) -> str | None:
    try:
        _meaning(field, raw)
    except KeyError as error:
        return str(error.args[0])
    return None


def bodies(data: bytes) -> None:
    """A body is read as Python's own JSON reader reads it, as CSV as a reader of single characters does, or refused.

    Fields are those of the reference model; a CSV's columns are theirs by a second form of the rules for names.
    """
    kind, body = CONTENT_TYPES[data[0] % len(CONTENT_TYPES)] if data else None, data[1:]
    try:
        records = list(read_records(body, kind, None, _predictor().artifact.schema).records)
    except RequestError as error:
        assert len(str(error)) < 400, error  # noqa: PT017  # no test: any input
        return
    except InvalidRecords:
        return
    if kind is not None and kind.startswith("text/csv"):
        header, *rows = read_rows(body.decode("utf-8-sig"))
        places = _places(header)
        expected = [{name: row[place] for name, place in places.items()} for row in rows]
        assert records == expected, f"got {records}, expected {expected}"
        return
    text = body.decode("utf-8-sig")
    if kind == LINES:
        expected = [json.loads(line, parse_constant=float) for line in text.split("\n") if line.strip(_JSON_BLANKS)]
    else:
        parsed = json.loads(text, parse_constant=float)
        expected = [parsed] if isinstance(parsed, dict) else parsed
    assert _same(records, expected)


def _places(header: list[str]) -> dict[str, int]:
    """Where a header has each field and the id: under its own name, else under the one name that is spelt alike."""
    wanted = {*_predictor().artifact.schema.names, ID}
    exact = {name: place for place, name in enumerate(header) if name in wanted}
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        visible = "".join(char for char in name if unicodedata.category(char) != "Cf" or ord(char) not in _INVISIBLE)
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible.strip()).casefold())
        if folded in wanted and folded not in exact:
            alike.setdefault(folded, []).append(place)
    assert all(len(places) == 1 for places in alike.values()), f"{header}: two names of one field"
    return exact | {name: places[0] for name, places in alike.items()}


def _same(found: Any, expected: Any) -> bool:
    """Equal, integers beyond 64 bits as floats, numbers beyond floats as they were written."""
    if isinstance(found, BeyondFloats):
        return isinstance(expected, float | int) and repr(float(found.text)) in ("inf", "-inf")
    if isinstance(found, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, dict):
        return bool(found.keys() == expected.keys()) and all(_same(found[key], expected[key]) for key in found)
    if isinstance(found, float) and not isinstance(expected, bool):
        return repr(found) == repr(float(expected))
    return bool(found == expected and type(found) is type(expected))


def requests(data: bytes) -> None:
    """A request is answered right or refused, never half, and nothing of it is in a log line or quoted at length."""
    choices, body = data[:6].ljust(6, b"\0"), data[6:]
    lists = (METHODS, PATHS, CONTENT_TYPES, ACCEPTS, QUERIES)
    method, path, kind, accept, query = (
        options[choice % len(options)] for options, choice in zip(lists, choices, strict=False)
    )
    pairs = [(name, value) for name, value in (("Content-Type", kind), ("Accept", accept)) if value is not None]
    event = proxy_event(str(method), str(path), pairs, query, body)  # type: ignore[arg-type]  # the same
    if choices[5] % 3 == 1:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif choices[5] % 3 == 2:
        event |= {"body": body.decode("latin-1"), "isBase64Encoded": True}
    answer = check_answer(event, body)
    if answer.status == 200 and event["httpMethod"] == "POST" and choices[5] % 3 != 2:
        check_alone(event, body, kind, answer)


def check_answer(event: dict[str, Any], body: bytes) -> Answer:
    """Send an event; the answer, after a look at status, form, figures, quotes and log."""
    log = io.StringIO()
    context: Any = LocalContext()
    with contextlib.redirect_stdout(log):
        answer = Answer.of(loaded_handler()(event, context))
    for line in log.getvalue().splitlines():
        json.loads(line)
    _check_silence(log.getvalue(), body, 24)
    assert answer.headers["x-request-id"] == event["requestContext"]["requestId"]
    if answer.status in REFUSALS:
        _check_problem(answer, event, body)
    elif answer.status == 200 and event["httpMethod"] == "POST":
        _check_predictions(answer)
    else:
        assert answer.status in (200, 204), answer.body
    return answer


def _check_problem(answer: Answer, event: dict[str, Any], body: bytes) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    if event["httpMethod"] == "HEAD":
        return
    found = json.loads(answer.body)
    assert found["status"] == answer.status
    errors = found.get("errors", [])
    assert len(errors) <= MAX_ERRORS
    assert (len(errors) > 0) == (answer.status == 422)
    for error in errors:
        assert_short(error["detail"])
    said = "\n".join([found["detail"], *(error["detail"] for error in errors)])
    _check_silence(said, body, MAX_QUOTE + 3)  # both quotes may look like more of the value


def assert_short(detail: str) -> None:
    """A quoted value has at most `MAX_QUOTE` characters, all of which print."""
    assert detail.isprintable(), detail
    assert _DETAIL.fullmatch(detail), detail


def _check_silence(text: str, body: bytes, length: int) -> None:
    """No stretch of the body of this length stands in the text."""
    sent = body.decode(errors="replace")
    places = range(max(0, min(len(sent), 400) - length + 1))
    assert not any(sent[place : place + length] in text for place in places), text


def _check_predictions(answer: Answer) -> None:
    if answer.headers["content-type"].startswith("text/csv"):
        header, *rows = csv.reader(io.StringIO(answer.body, newline=""))
        assert all(len(row) == len(header) for row in rows)
        found = [float(row[header.index("phat")]) for row in rows]
    else:
        found = [item["phat"] for item in json.loads(answer.body, parse_constant=_refuse)["predictions"]]
    assert all(0 <= phat <= 1 for phat in found), found


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def check_alone(event: dict[str, Any], body: bytes, kind: Any, answer: Answer) -> None:
    """Some records of the body, sent alone as JSON, get the same bits."""
    if event["path"] == "/invocations" or "json" not in answer.headers["content-type"]:
        return
    predictions = answer.json()["predictions"]
    records = read_records(body, kind, None, _predictor().artifact.schema).records
    assert len(records) == len(predictions)
    for record, prediction in list(zip(records, predictions, strict=True))[:_SINGLE]:
        single = proxy_event(
            "POST", "/predict", (), event_query(event), json.dumps(record, ensure_ascii=True).encode("ascii")
        )
        [alone] = check_answer(single, b"").json()["predictions"]
        assert repr(alone) == repr(prediction), record


def event_query(event: dict[str, Any]) -> list[tuple[str, str]]:
    """The query of an event as pairs."""
    query: dict[str, list[str]] = event["multiValueQueryStringParameters"] or {}
    return [(name, value) for name, values in query.items() for value in values]


def models(data: bytes) -> None:
    """Whole columns of a model and records drawn by the bytes are answered as the records are one by one."""
    check_random(Random(data))  # noqa: S311  # no secret


TARGETS: dict[str, Callable[[bytes], None]] = {
    "numbers": numbers,
    "cleaning": cleaning,
    "bodies": bodies,
    "requests": requests,
    "files": files,
    "queries": queries,
    "models": models,
}
