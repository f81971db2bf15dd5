"""The model that a function serves: loaded at the cold start, tried again at each request until it is there."""

import gc
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from phat.api.telemetry import Call, Observation, log_error, log_reason, timestamp
from phat.model.errors import ModelUnavailable, NotConfigured
from phat.model.model import Model
from phat.model.pin import Pin
from phat.model.reading import Reading
from phat.model.store import load

if TYPE_CHECKING:
    from phat.api.capture import Capture

NEW_CONTAINERS = 100_000
"""How many containers are made before the collector looks at them: a batch of 5,000 records makes 25,000."""

CAPTURE_SECONDS, REFUSED_SECONDS = 300.0, 60.0
"""How long an environment keeps what it read of the settings of capture, the key of hashes among them: as long as
capture is off for a reason that may pass, it tries again earlier.
"""


class Serving:
    """Holds the loaded model; without one, each `model()` tries again, so that one slow moment of S3 passes.

    The first load takes the read that was begun before, if there is one.
    """

    def __init__(self, begun: Reading | None = None) -> None:
        self.loaded: Model | None = None
        self._begun = begun
        self._capturing: tuple[Mapping[str, str], Capture | None, float] | None = None
        self._pending = Observation()
        self._pending.add("ColdStart", 1)

    def warm(self) -> None:
        """Load the model if it can be loaded now; a failure is logged and counted, and the next request tries again."""
        try:
            self._load(self._pending)
        except ModelUnavailable as error:
            log_error(error)
        # What is loaded stays, so the collector of cyclic garbage need not look at it, nor at each batch many times.
        gc.freeze()
        gc.set_threshold(NEW_CONTAINERS, 10, 10)

    def model(self, observation: Observation) -> Model:
        """The model to serve; ModelUnavailable if it cannot be loaded now."""
        return self.loaded or self._load(observation)

    def take_pending(self) -> Observation:
        """What was measured outside a request, handed to the first request to be written with its figures."""
        pending, self._pending = self._pending, Observation()
        return pending

    def captured(
        self, observation: Observation, request_id: str, invocation: str, variables: Mapping[str, str]
    ) -> bytes:
        """Lines about the request's records, or its rejection, as the stage's variables ask; none while that is off.

        A share of the records is drawn by Lambda's id of the invocation: a caller can choose the gateway's.
        Whatever goes wrong here is logged, and the caller gets the answer all the same.
        """
        if variables.get("captureShare", "0") == "0" or self.loaded is None:
            return b""
        try:
            capture = self._capture(self.loaded, variables)
            if capture is None:
                return b""
            call = Call(request_id, invocation, timestamp())
            if observation.rejected is not None:
                return capture.rejection(self.loaded, observation.rejected, call)
            return b"".join(capture.lines(self.loaded, *observation.scored, call))
        except Exception as error:
            log_error(error, request_id=request_id)
            return b""

    def _capture(self, model: Model, variables: Mapping[str, str]) -> "Capture | None":
        """What captures as these variables say, for a time; where that cannot be, it is logged and captures nothing."""
        from phat.api.capture import Capture, CaptureRefused  # noqa: PLC0415  # off by default, and a cold start has no time

        if self._capturing is None or self._capturing[0] != variables or time.time() >= self._capturing[2]:
            try:
                capture, seconds = Capture.from_variables(variables, model.artifact), CAPTURE_SECONDS
            except CaptureRefused as refused:
                log_reason("capture is off", str(refused))
                capture, seconds = None, REFUSED_SECONDS
            self._capturing = dict(variables), capture, time.time() + seconds
        return self._capturing[1]

    def _load(self, observation: Observation) -> Model:
        start = time.perf_counter()
        begun, self._begun = self._begun, None
        try:
            model = self.loaded = load(Pin.from_environment(os.environ), begun)
        except ModelUnavailable as error:
            if not isinstance(error, NotConfigured):  # an endpoint that is still without a model is no failure
                observation.add("ModelLoadFailure", 1)
            raise
        observation.add("ModelLoadTime", 1000 * (time.perf_counter() - start))
        return model
