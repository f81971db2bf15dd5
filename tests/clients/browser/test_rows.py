"""Rows of a spreadsheet or a file, in a real browser: found, confirmed, scored, refused, shown, given back."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, Route, expect

from phat.training.simulate import simulate
from tests.clients.browser.form import open_rows


def paste(page: Page, text: str) -> None:
    """Put rows into the box."""
    page.get_by_label("Rows with a header").fill(text)


def press(page: Page) -> None:
    """Score them."""
    page.get_by_role("button", name="Score rows").click()


def give(page: Page, folder: Path, text: str | bytes, name: str = "rows.csv") -> None:
    """Choose a file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    page.get_by_label("A file").set_input_files(path)


def test_rows_of_a_spreadsheet(page: Page, address: str) -> None:
    """Rows copied from a spreadsheet are scored by column name, all columns kept; each can be explained by keyboard."""
    open_rows(page, address)
    rows = [["id", "note", "X5 ", "x12"], ["A-1", "a\tb", "sunday", '"$3,709.93"'], ["A-2", "", "MONDAY", ""]]
    paste(page, "\n".join("\t".join(f'"{cell}"' if "\t" in cell else cell for cell in row) for row in rows))
    expect(page.locator("#matched")).to_contain_text("2 of 10 fields found in 2 rows")
    expect(page.locator("#matched")).to_contain_text("Ignored, but kept in the file that you get back: note.")
    press(page)
    expect(page.locator(".picks tbody tr")).to_have_count(2)
    response = page.request.post(f"{address}/predict", data=[{"x5": "sunday", "x12": "$3,709.93"}, {"x5": "MONDAY"}])
    expected = [f"{100 * found['phat']:.1f} %" for found in response.json()["predictions"]]
    assert [row.locator("td").nth(2).inner_text() for row in page.locator(".picks tbody tr").all()] == expected
    expect(page.locator(".picks tbody tr").first).to_contain_text("A-1")
    page.locator(".picks tbody tr").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#details h3").first).to_have_text("Row 2")
    assert page.locator(".picks [tabindex='0']").count() == 1
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("columnheader", name="phat")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("columnheader", name="phat").get_by_role("button")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".picks tbody tr").first).to_be_focused()


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("x12\tx5", "at least one row"),
        ("a\tb\n1\t2", "No column is a field of the model"),
        ("x12\tx12\n1\t2", "x12 is there twice"),
        ("X12\tx12 \u200b\n1\t2", "are both spelt like x12"),
        ("x12\n1\t2", "Row 1 has 2 cells"),
        ("x12\tx5\n1\tmonday\n2", "Row 2 has 1 cell, the header 2"),
        ('x12\tx5\n"1\t2', "never closed"),
        ('x12\tx5\n1\t"12 inch\n2\tx\n3\t"14 inch\n4\ty', "Line 2 has a quotation mark in the wrong place"),
    ],
)
def test_unreadable_rows_are_told(page: Page, address: str, pasted: str, told: str) -> None:
    """Rows that cannot be read are told with their place."""
    open_rows(page, address)
    paste(page, pasted)
    expect(page.get_by_role("alert")).to_contain_text(told)
    press(page)
    expect(page.get_by_role("alert")).to_contain_text(told)


def test_refused_rows_are_grouped(page: Page, address: str, tmp_path: Path) -> None:
    """What is refused is said by field and reason with its rows; the other rows are scored, and nothing is lost."""
    open_rows(page, address)
    lines = ["x12,x5", *(f"{n},monday" for n in range(300)), "abc,monday", "1,funday", "x,funday", "7,sunday"]
    give(page, tmp_path, "\n".join(lines))
    press(page)
    expect(page.locator("#summary")).to_contain_text("301 rows scored")
    expect(page.locator("#summary")).to_contain_text("3 rows not scored")
    told = page.locator("#found .problem li").all_inner_texts()
    assert sorted(told) == [
        "x12: 2 values are no numbers, such as abc; x (row 301, 303)",
        "x5: 2 values are levels that the model does not know, such as funday (row 302, 303)",
    ]
    page.get_by_label("Show").select_option("not scored")
    expect(page.locator(".picks tbody tr")).to_have_count(3)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    [header, *rows] = csv.reader(Path(saved.value.path()).read_text("utf-8-sig").splitlines())
    assert header[-1] == "not_scored_because"
    assert [row[:2] for row in rows] == [["abc", "monday"], ["1", "funday"], ["x", "funday"]]
    assert all("got" in row[-1] for row in rows)


def test_rows_after_many_that_are_refused_are_scored(page: Page, address: str, tmp_path: Path) -> None:
    """However many rows at the beginning are refused, those after them are tried, or counted as not tried."""
    open_rows(page, address)
    give(page, tmp_path, "\n\nx5,x12\n" + "holiday,1\n" * 450 + "monday,1\n" * 550)
    press(page)
    expect(page.locator("#summary")).to_have_text(
        "550 rows scored, 0 of them event; 450 rows not scored.", timeout=20_000
    )
    give(page, tmp_path, "x5,x12\n" + "holiday,1\n" * 7000)
    press(page)
    expect(page.locator("#found .problem")).to_contain_text(
        "stopped there, as none was scored; not tried: ", timeout=30_000
    )


def test_a_file_that_comes_back(page: Page, address: str, tmp_path: Path) -> None:
    """The download can be given back: answers are made again, not kept twice; own numbers stay as they are."""
    open_rows(page, address)
    give(page, tmp_path, 'x12,x5,note\n1,monday,"-3,5"\n2,sunday,-\n')
    files = []
    for _ in range(2):
        press(page)
        expect(page.locator("#summary")).to_contain_text("2 rows scored")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download CSV").click()
        files.append(Path(saved.value.path()).read_bytes())
        page.get_by_label("A file").set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": files[-1]})
        expect(page.locator("#matched")).to_contain_text("of b.csv")
    assert b'"-3,5"' in files[0]
    assert [line.count(b"event") for line in files[1].splitlines()] == [0, 1, 1]
    assert files[0].splitlines()[0] == files[1].splitlines()[0]


def test_a_column_that_is_nearly_a_field(page: Page, address: str) -> None:
    """A field that is not found names the column that may be meant, which one button takes."""
    open_rows(page, address)
    paste(page, "x 12\tx5\n3\tmonday\n4\tsunday")
    expect(page.locator("#matched")).to_contain_text("x12 (did you mean x 12?)")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#matched")).to_contain_text("2 of 10 fields found")
    press(page)
    expect(page.locator(".picks tbody tr")).to_have_count(2)
    [one, *_] = page.request.post(f"{address}/predict", data=[{"x12": "3", "x5": "monday"}]).json()["predictions"]
    expect(page.locator(".picks tbody tr").first).to_contain_text(f"{100 * one['phat']:.1f} %")


def test_decimal_commas_are_confirmed(page: Page, address: str, tmp_path: Path) -> None:
    """Semicolons and decimal commas are shown before and after, and read so only when that is confirmed."""
    open_rows(page, address)
    give(page, tmp_path, "x12;x91;x5\n1.234,56;0,25;monday\n-3,5;0,5;sunday\n")
    expect(page.locator("#commas")).to_contain_text("1234.56")
    press(page)
    expect(page.get_by_role("alert")).to_contain_text("Say first how commas are read")
    page.get_by_label("Read commas as decimal commas").check()
    press(page)
    records = [{"x12": 1234.56, "x91": 0.25, "x5": "monday"}, {"x12": -3.5, "x91": 0.5, "x5": "sunday"}]
    answers = page.request.post(f"{address}/predict", data=records).json()["predictions"]
    for place, answer in enumerate(answers):
        expect(page.locator(".picks tbody tr").nth(place)).to_contain_text(f"{100 * answer['phat']:.1f} %")
    page.get_by_label("Leave them as they are").check()
    press(page)
    expect(page.locator("#found .problem")).to_contain_text("x91: 2 values have a decimal comma")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("x12;x5\n1.234;monday\n60,5;monday\n", [1234, 60.5]),
        ("x12;x5\n1.234;monday\n", [1234]),
        ("x12\tx5\n1,234\tmonday\n", [1.234]),
        ("x12\tx5\n(1.234,5)\tmonday\n", [-1234.5]),
    ],
)
def test_points_between_thousands(page: Page, address: str, tmp_path: Path, text: str, read: list[float]) -> None:
    """With decimal commas a point stands between thousands; what can be read in two ways is not scored unasked."""
    open_rows(page, address)
    give(page, tmp_path, text)
    press(page)
    expect(page.get_by_role("alert")).to_contain_text("Say first how commas are read")
    page.get_by_label("Read commas as decimal commas").check()
    with page.expect_request("**/predict*") as sent:
        press(page)
    assert [float(record["x12"].strip("()")) for record in sent.value.post_data_json] == [abs(value) for value in read]
    expect(page.locator(".picks tbody tr")).to_have_count(len(read))


@pytest.mark.parametrize(
    "text", ["x12,x5\n1.234,monday\n", "x12;x5\n1.234;monday\n60.5;monday\n", "x12\tx5\n1.234\tmonday\n"]
)
def test_decimal_points_are_not_asked_about(page: Page, address: str, tmp_path: Path, text: str) -> None:
    """Where nothing speaks for decimal commas, points are decimal points."""
    open_rows(page, address)
    give(page, tmp_path, text)
    with page.expect_request("**/predict*") as sent:
        press(page)
    assert sent.value.post_data_json[0]["x12"] == "1.234"


def test_numbers_written_in_two_ways_are_refused(page: Page, address: str, tmp_path: Path) -> None:
    """A column of decimal commas in which a number has a decimal point is not scored."""
    open_rows(page, address)
    give(page, tmp_path, "x12;x5\n60,5;monday\n61.5;monday\n")
    page.get_by_label("Read commas as decimal commas").check()
    press(page)
    expect(page.get_by_role("alert")).to_contain_text("x12: with a decimal comma 60,5 is 60.5, and 61.5 is no number")


def test_lines_of_an_old_mac_and_rows_of_nothing(page: Page, address: str, tmp_path: Path) -> None:
    """A carriage return alone ends a line, and rows with no value are counted as left out."""
    open_rows(page, address)
    give(page, tmp_path, "x12,x5\r1,monday\r,\r\r2,sunday\r")
    expect(page.locator("#matched")).to_contain_text("in 2 rows of")
    expect(page.locator("#matched")).to_contain_text("Left out: 1 row with nothing in it")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_encodings(page: Page, address: str, tmp_path: Path, encoding: str) -> None:
    """Files as spreadsheets write them are read with their own columns right."""
    open_rows(page, address)
    give(page, tmp_path, "Größe,x12,x5\nüber,1,monday\n".encode(encoding))
    expect(page.locator("#matched")).to_contain_text("Größe")
    press(page)
    expect(page.locator(".picks tbody tr").first).to_contain_text("über")


def test_a_dropped_file(page: Page, address: str) -> None:
    """A file that is dropped is read as one that is chosen."""
    open_rows(page, address)
    page.evaluate("""() => {
      const given = new DataTransfer();
      given.items.add(new File(["x12,x5\\n1,monday\\n"], "dropped.csv", { type: "text/csv" }));
      at("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true }));
    }""")
    expect(page.locator("#matched")).to_contain_text("2 of 10 fields found in 1 row of dropped.csv")


def test_download_runs_nothing(page: Page, address: str, tmp_path: Path) -> None:
    """The file given back has all own columns and the answers; a text that a spreadsheet would run is defused."""
    open_rows(page, address)
    give(page, tmp_path, 'note,x12\n"=1+1",-5\n"a,""b""",7\n')
    press(page)
    expect(page.locator(".picks tbody tr")).to_have_count(2)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    [header, one, two] = csv.reader(Path(saved.value.path()).read_text("utf-8-sig").splitlines())
    assert header[:4] == ["note", "x12", "business_outcome", "phat"]
    assert (one[:2], two[:2]) == (["'=1+1", "-5"], ['a,"b"', "7"])
    answers = page.request.post(f"{address}/predict", data=[{"x12": -5}, {"x12": 7}]).json()["predictions"]
    assert [float(one[3]), float(two[3])] == [answer["phat"] for answer in answers]


def test_one_hundred_thousand_rows(page: Page, address: str, tmp_path: Path) -> None:
    """100,000 rows are scored in pieces with progress, spread, sorted and filtered; one more is refused."""
    open_rows(page, address)
    text = pd.concat(pd.DataFrame(chunk) for chunk in simulate(100_000, seed=1)).to_csv(index=False)
    give(page, tmp_path, text)
    expect(page.locator("#matched")).to_contain_text("100,000 rows", timeout=20_000)
    press(page)
    expect(page.get_by_role("progressbar", name="Rows scored")).to_be_visible()
    expect(page.locator("#summary")).to_contain_text("100,000 rows scored", timeout=120_000)
    expect(page.locator("#spread rect")).to_have_count(20)
    page.get_by_role("button", name="phat").click()
    first = float(page.locator(".picks tbody tr").first.locator("td").nth(2).inner_text().removesuffix(" %"))
    last = float(page.locator(".picks tbody tr").last.locator("td").nth(2).inner_text().removesuffix(" %"))
    assert first >= last > 90
    expect(page.locator(".picks tbody tr")).to_have_count(100)
    page.get_by_label("Search the rows").fill("sunday")
    for row in page.locator(".picks tbody tr").all()[:5]:
        assert "sunday" in row.inner_text().lower()
    give(page, tmp_path, text + text.splitlines()[1] + "\n")
    expect(page.get_by_role("alert")).to_contain_text("this page takes 100,000 at most", timeout=20_000)


def test_rows_that_do_not_fit_are_halved(page: Page, address: str, tmp_path: Path) -> None:
    """Where a piece is too large for one request, it is sent in halves, and no row is lost."""
    open_rows(page, address)
    sizes: list[int] = []

    def answer(route: Route) -> None:
        sizes.append(len(route.request.post_data_json))
        if sizes[-1] > 300:
            route.fulfill(status=413, body=json.dumps({"title": "too large"}))
        else:
            route.continue_()

    page.route("**/predict*", answer)
    give(page, tmp_path, "x12\n" + "\n".join(map(str, range(1000))))
    press(page)
    expect(page.locator("#summary")).to_contain_text("1,000 rows scored")
    assert sizes == [1000, 500, 250, 250, 500, 250, 250]


def test_a_busy_endpoint_is_asked_again(page: Page, address: str, tmp_path: Path) -> None:
    """A 429 is waited for and asked again; what cannot be reached is told, with nothing shown as scored."""
    open_rows(page, address)
    refused = iter([429, 503])

    def answer(route: Route) -> None:
        status = next(refused, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, headers={"Retry-After": "1"}, body=json.dumps({"title": "busy"}))

    page.route("**/predict*", answer)
    give(page, tmp_path, "x12\n1\n2\n")
    press(page)
    expect(page.locator("#summary")).to_contain_text("2 rows scored", timeout=15_000)
    page.unroute("**/predict*")
    page.route("**/predict*", lambda route: route.abort())
    press(page)
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    expect(page.locator("#summary")).to_have_count(0)
