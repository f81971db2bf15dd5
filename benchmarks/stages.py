"""Where the milliseconds of a cold start go: wall times of processes that go further and further, and a picture."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt  # after its backend was chosen

ROUNDS = 15
NO_MODEL = {"MODEL_BUCKET": "", "MODEL_KEY": "", "MODEL_SHA256": ""}
CLIENT = "import awslambdaric.bootstrap"
LIBRARIES = "import dataclasses, typing, hashlib, orjson, obstore.store"
STEPS = {
    "interpreter": ("", NO_MODEL),
    "Lambda's runtime client": (CLIENT, NO_MODEL),
    "orjson, obstore, dataclasses, hashlib": (f"{CLIENT}; {LIBRARIES}", NO_MODEL),
    "phat's modules": (f"{CLIENT}; {LIBRARIES}; import handler", NO_MODEL),
    "model: the rest of its read, check": (f"{CLIENT}; {LIBRARIES}; import handler", {}),
}
REST = "emulator, first request"


def stages(task: Path, python: Path, environment: Mapping[str, str], cold: float) -> dict[str, float]:
    """Milliseconds of each stage; what of a measured cold start is left is the emulator's and the first request's."""
    reached = dict.fromkeys(STEPS, 0.0)
    samples: dict[str, list[float]] = {name: [] for name in STEPS}
    for _ in range(ROUNDS):
        for name, (code, variables) in STEPS.items():
            start = time.perf_counter()
            command = [str(python), "-c", code]
            subprocess.run(command, cwd=task, env={**environment, **variables}, capture_output=True, check=True)
            samples[name].append(1000 * (time.perf_counter() - start))
    before = 0.0
    for name, times in samples.items():
        reached[name] = round(max(median(times) - before, 0.0), 1)
        before = median(times)
    return reached | {REST: round(max(cold - before, 0.0), 1)}


def draw(times: Mapping[str, float], floor: float, file: Path) -> None:
    """One bar of the stages, and the floor as a line."""
    plt.rcParams |= {"svg.hashsalt": "phat", "font.size": 10}
    figure, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
    left = 0.0
    for (name, width), colour in zip(
        times.items(), plt.get_cmap("viridis")([0, 0.2, 0.4, 0.6, 0.8, 0.95]), strict=True
    ):
        axis.barh([0], [width], left=left, color=colour, edgecolor="white", label=f"{name}: {width:g} ms")
        left += width
    axis.axvline(floor, color="black", linestyle="--", linewidth=1)
    axis.text(floor, 0.42, f" floor: {floor:.0f} ms", va="bottom")
    axis.set(yticks=[], xlabel="milliseconds from the first call to its answer", ylim=(-0.5, 0.7))
    axis.spines[["top", "left", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncol=2, frameon=False)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
