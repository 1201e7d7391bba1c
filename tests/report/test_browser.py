"""Pages in a real browser: nothing leaves them, nothing is complained of, they can be sorted, filtered, read by all."""

import shutil
import time

import pytest

from tests.report import made
from tests.report.browser import WHY_NOT, Browser
from tests.report.test_page import HOSTILE
from wcheck.report.page import write, write_rows

pytestmark = [pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT), pytest.mark.xdist_group("browser")]
LONG = "x" * 400


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A reproduction, files of rows, and a reproduction of hostile and of long texts."""
    place = tmp_path_factory.mktemp("pages")
    whole = write(made.folder(place / "made"))
    rows = [
        shutil.copy(made.RESULTS / f"{name}.csv", place) for name in ("toys", "compare-pixels", "ensemble")
    ]
    shutil.copy(made.RESULTS / "toys.csv.json", place)
    several = write_rows([place / row for row in rows], place / "rows.html")
    hostile = " ".join([*HOSTILE, LONG])
    claims = [{key: hostile for key in made.CLAIM} | {"study": "A1", "verdict": "reproduced"}]
    record = {"title": hostile, "question": hostile, "means": hostile}
    bad = write(made.folder(place / "bad", claims, [made.study("A1") | record], data=hostile))
    return {"reproduction": whole, "rows": several, "hostile": bad}


PAGES = ("reproduction", "rows", "hostile")


@pytest.mark.parametrize("page", PAGES)
def test_no_request_leaves_the_page_and_nothing_is_complained_of(browser, pages, page):
    browser.open(pages[page])
    assert browser.run("return document.querySelectorAll('.chart svg path').length") > 10
    outside = [url for url in browser.requests() if not url.startswith("data:")]
    assert outside == [pages[page].as_uri()]
    assert browser.complaints() == []
    assert browser.run("return document.querySelectorAll('script, iframe, object').length") == 1


def test_what_would_break_out_is_stopped_and_seen(browser, pages, tmp_path):
    """The policy holds also for what an escape that was forgotten would let in; and the tests above would see it."""
    page = tmp_path / "broken.html"
    added = (
        '<script>window.broken = 1</script><b style="color:red">x</b>'
        '<img src="http://127.0.0.1:9/x.png" onerror="window.broken = 1">'
    )
    page.write_text(pages["reproduction"].read_text().replace("<main", added + "<main"))
    browser.open(page)
    assert browser.run("return window.broken") is None
    complaints = " ".join(browser.complaints())
    for directive in ("script-src", "style-src", "img-src"):
        assert directive in complaints


def column(browser, place):
    return browser.run(
        "return [...document.querySelectorAll('#table tbody tr')].filter(row => row.offsetHeight)"
        f".map(row => row.cells[{place}].innerText.trim())"
    )


def test_the_table_is_sorted_by_keyboard(browser, pages):
    """By numbers and letters: 9 comes before 10."""
    from selenium.webdriver.common.keys import Keys

    browser.open(pages["reproduction"])
    before = column(browser, 3)
    head = browser.driver.find_elements("css selector", "#table thead th")[3]
    for order in ("ascending", "descending"):
        head.find_element("css selector", "button").send_keys(Keys.ENTER)
        assert head.get_attribute("aria-sort") == order
        found = [text.split("\n")[0].partition(" stand-in")[0] for text in column(browser, 3)]
        wanted = [
            "9 of 10",
            "10 of 10",
            *["V / L is 2.1 to 4.0 % of the exact 11.0434"] * 2,
        ]  # by number, not by letter
        assert found == (wanted if order == "ascending" else wanted[::-1])
        assert (
            browser.run("return document.getElementById('shown').textContent")
            == f"Sorted by Found here, {order}."
        )
    assert sorted(column(browser, 3)) == sorted(before)
    others = [
        each.get_attribute("aria-sort")
        for each in browser.driver.find_elements("css selector", "#table thead th")
    ]
    assert others == ["none", "none", "none", "descending", "none"]


def test_the_table_is_filtered_by_keyboard(browser, pages):
    from selenium.webdriver.common.keys import Keys

    browser.open(pages["reproduction"])
    radio = browser.driver.find_element("css selector", "#filter input")
    for verdict, names in (
        ("reproduced", ["loss-is-a-tenth", "changed-rule"]),
        ("not reproduced", ["biased"]),
        ("not settled", ["open"]),
    ):
        radio.send_keys(Keys.ARROW_RIGHT)
        radio = browser.driver.switch_to.active_element
        assert radio.get_attribute("value") == verdict
        assert column(browser, 1) == names
        told = browser.run("return document.getElementById('shown').textContent")
        assert told == f"{len(names)} of 4 claims are shown."


def test_downloads_hold_the_bytes_of_the_rows(browser, pages, tmp_path, monkeypatch):
    """The larger ones are compressed within the page."""
    monkeypatch.setattr("wcheck.report.rowsfile.PLAIN", 1000)
    page = write(pages["reproduction"].parent, tmp_path / "page.html")
    browser.open(page)
    assert browser.run("return document.querySelectorAll('a[download$=gz]').length") == 2
    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    for link in browser.driver.find_elements("css selector", "a.download"):
        name = link.get_attribute("download").removesuffix(".gz")
        browser.run("arguments[0].click()", link)
        wanted = (made.RESULTS / name).read_bytes()
        until = time.monotonic() + 10
        while not ((tmp_path / name).exists() and (tmp_path / name).stat().st_size == len(wanted)):
            assert time.monotonic() < until, name
            time.sleep(0.02)
        assert (tmp_path / name).read_bytes() == wanted
    assert [url for url in browser.requests() if not url.startswith(("data:", "file:", "blob:"))] == []
    assert browser.complaints() == []


@pytest.mark.parametrize("page", PAGES)
def test_a_telephone_does_not_scroll_sideways(browser, pages, page):
    browser.open(pages[page], width=360)
    assert browser.run("return document.documentElement.scrollWidth") == 360
    assert browser.run("return innerWidth") == 360
    shown = "return [...document.querySelectorAll('.chart')].filter(each => each.offsetHeight)"
    names = browser.run(shown + ".map(each => each.className)")
    assert all("narrow" in name or "any" in name for name in names)
    small = "return [...document.querySelectorAll('.narrow text')].map(each => each.getBoundingClientRect().height)"
    assert min(height for height in browser.run(small) if height) > 6  # letters keep their size


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 360)])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(browser, pages, page, scheme, width):
    browser.open(pages[page], width=width, scheme=scheme)
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    assert browser.violations() == []


def test_axe_would_find_something(browser, pages, tmp_path):
    page = tmp_path / "worse.html"
    page.write_text(
        pages["reproduction"].read_text().replace('role="img" aria-label', 'role="img" data-label')
    )
    browser.open(page)
    assert [name for name, _ in browser.violations()] == ["role-img-alt"]


def test_figures_are_light_on_dark_in_the_dark(browser, pages):
    fill = "return getComputedStyle(document.querySelector('.wide:not(.white) text')).fill"
    browser.open(pages["reproduction"])
    assert browser.run(fill) == "rgb(0, 0, 0)"
    browser.open(pages["reproduction"], scheme="dark")
    assert browser.run(fill) == "rgb(242, 244, 247)"
    browser.open(pages["reproduction"], scheme="dark", medium="print")
    assert browser.run(fill) == "rgb(0, 0, 0)"


def test_on_paper_all_is_unfolded_and_nothing_is_there_to_press(browser, pages):
    browser.open(pages["reproduction"], medium="print")
    shown = "return [...document.querySelectorAll('nav, .filter, .download')].filter(each => each.offsetHeight).length"
    assert browser.run(shown) == 0
    heads = (
        "return [...document.querySelectorAll('thead button')].map(each => getComputedStyle(each).display)"
    )
    assert set(browser.run(heads)) == {"contents"}  # what has a box is blank on all sheets but the first
    opened = "return [...document.querySelectorAll('details')].filter(each => each.open).length"
    assert browser.run(opened) == 0
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run(opened) == browser.run("return document.querySelectorAll('details').length") > 0
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(opened) == 0


def test_the_first_tab_leads_past_the_navigation(browser, pages):
    from selenium.webdriver.common.keys import Keys

    browser.open(pages["reproduction"])
    browser.driver.find_element("css selector", "body").send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Skip to the content"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.driver.switch_to.active_element.get_attribute("id") == "main"
