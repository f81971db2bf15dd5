"""Runs docs/notebook.ipynb as Jupyter does; `python -m tests.integration.phat.notebook` writes its outputs."""

import ast
import contextlib
import io
import json
import tempfile
import warnings
from typing import Any

import pandas as pd

from tests.gateway import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
Output = dict[str, Any]


def read() -> dict[str, Any]:
    """The notebook."""
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text())
    return notebook


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Its cells with code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(notebook: dict[str, Any]) -> list[list[Output]]:
    """The outputs of each cell with code, run in order in the folder that is current."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with pd.option_context("display.width", 120, "display.max_columns", 20):
        return [_run("".join(cell["source"]), number, names) for number, cell in enumerate(code_cells(notebook), 1)]


def _run(source: str, number: int, names: dict[str, Any]) -> list[Output]:
    """The outputs of a cell: what it prints, what it warns of, and the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        exec(compile(tree, f"cell {number}", "exec"), names)  # noqa: S102  # which is what a notebook is
        value = None if last is None else eval(ast.unparse(last), names)  # noqa: S307  # the same
    outputs = [_stream("stdout", printed.getvalue())] if printed.getvalue() else []
    outputs += [_stream("stderr", f"{each.category.__name__}: {each.message}\n") for each in warned]
    return outputs if value is None else [*outputs, _shown(value, number)]


def _stream(name: str, text: str) -> Output:
    return {"name": name, "output_type": "stream", "text": text.splitlines(keepends=True)}


def _shown(value: Any, number: int) -> Output:
    html = value._repr_html_() if hasattr(value, "_repr_html_") else None
    data = {"text/plain": repr(value)} | ({} if html is None else {"text/html": html})
    lines = {kind: text.splitlines(keepends=True) for kind, text in data.items()}
    return {"data": lines, "execution_count": number, "metadata": {}, "output_type": "execute_result"}


def main() -> None:
    """Write the outputs into the notebook."""
    notebook = read()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        outputs = run(notebook)
    for number, (cell, shown) in enumerate(zip(code_cells(notebook), outputs, strict=True), 1):
        cell |= {"outputs": shown, "execution_count": number}
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
