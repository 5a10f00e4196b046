"""The page in Chromium, from disk: sorting, filtering, keyboard alone, themes, widths, paper, no network."""

import shutil

import pytest

from durometer.report import write, write_comparison, write_many

pytestmark = pytest.mark.browser
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = (360, 768, 1280, 2560)
NAMES = ("rich", "one", "small", "quiet", "unmeasured", "empty", "hostile", "many", "compare")


@pytest.fixture(scope="module")
def files(fake, tmp_path_factory):
    """Every kind of page, on disk."""
    root = tmp_path_factory.mktemp("pages")
    made = {
        n: write(getattr(fake, n)(), root / n, artifact=fake.artifact, formats=("html",)) for n in NAMES[:7]
    }
    made["many"] = write_many(
        [fake.one(), fake.quiet()], root / "many", artifacts=[fake.artifact] * 2, formats=("html",)
    )
    made["compare"] = write_comparison(fake.comparison(), root / "compare", formats=("html",))
    return {name: paths["html"].as_uri() for name, paths in made.items()}


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium on the PATH")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, files):
    """Open a page; at the end, nothing was complained of and nothing was asked of any network."""
    contexts, faults, requests = [], [], []

    def opened(name, *, script=True, **options):
        context = chromium.new_context(
            viewport={"width": options.pop("width", 1280), "height": options.pop("height", 800)},
            java_script_enabled=script,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(files[name])
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert {url for url in requests if url.startswith("file:")} <= {*files.values()}


def column(page, table, index):
    return page.locator(f"#{table} tbody tr:visible").evaluate_all(
        f"rows => rows.map(r => r.cells[{index}].dataset.v ?? r.cells[{index}].textContent)"
    )


def test_sorts_the_table(visit):
    page = visit("rich")
    before = column(page, "t-drops", 0)
    button = page.locator("#t-drops thead button", has_text="Drop")
    button.click()
    drops = [float(v) for v in column(page, "t-drops", 3)]
    assert drops == sorted(drops, reverse=True)
    assert page.locator("#t-drops th[aria-sort]").get_attribute("aria-sort") == "descending"
    button.click()
    assert [float(v) for v in column(page, "t-drops", 3)] == drops[::-1]
    page.locator("#t-drops thead button", has_text="Net").click()
    nets = column(page, "t-drops", 4)
    known = [float(v) for v in nets if v]
    assert known == sorted(known, reverse=True)
    assert nets[: len(known)] == [v for v in nets if v]  # rows without a control stay last
    page.locator("#t-drops thead button", has_text="Edit").click()
    titles = column(page, "t-drops", 0)
    assert titles.index("size, 5 %") < titles.index("size, 10 %") < titles.index("size, 20 %")
    assert sorted(titles) == sorted(before)


def test_hides_what_is_not_told_apart_and_chooses_a_model(visit):
    page = visit("rich")
    page.get_by_label("Hide what cannot be told from zero").check()
    assert page.locator("#t-drops tbody tr:visible").count() == 11
    page.locator("#drops").get_by_label("Model").select_option("scenes-vit")
    assert set(column(page, "t-drops", 1)) == {"scenes-vit"}
    assert page.locator("#t-drops tbody tr:visible").count() == 5


def test_chooses_models_in_the_chart(visit):
    page = visit("rich")
    cells = page.locator(".forest td:visible")
    both = cells.count()
    page.get_by_role("button", name="scenes-vit").click()
    assert cells.count() == both / 2
    page.get_by_role("button", name="scenes-cnn").click()  # the last one stays
    assert cells.count() == both / 2


def test_filters_the_gallery(visit):
    page = visit("rich")
    pairs = page.locator("#pairs .pair:visible")
    assert pairs.count() == 24
    assert page.locator("#gallery .status").text_content() == "24 of 60 shown"
    page.get_by_role("button", name="Show all 60").click()
    assert pairs.count() == 60
    gallery = page.locator("#gallery")
    gallery.get_by_label("Edit").select_option("size, 5 %")
    gallery.get_by_label("Kind").select_option("right→wrong")
    found = pairs.evaluate_all("all => all.map(f => [f.dataset.edit, f.dataset.kind])")
    assert found == [["size, 5 %", "right→wrong"]] * len(found)
    assert len(found) == 4
    page.get_by_role("button", name="Clear").click()
    assert pairs.count() == 60


def test_a_row_of_a_table_filters_the_gallery(visit):
    page = visit("rich")
    page.locator("#t-confusions a.show").first.click()
    shown = page.locator("#pairs .pair:visible").evaluate_all("all => all.map(f => ({...f.dataset}))")
    wanted = {"edit": "background, random", "class": "ring", "model": "scenes-cnn", "kind": "right→wrong"}
    assert shown
    assert all(row == wanted for row in shown)
    page.wait_for_function("document.activeElement.closest('.pair')")  # the keyboard goes along


def test_the_keyboard_alone(visit):
    page = visit("rich")
    reached = []
    for _ in range(200):
        page.keyboard.press("Tab")
        spot = page.evaluate("[document.activeElement.tagName, document.activeElement.textContent.trim()]")
        reached.append(spot)
        if page.evaluate("document.activeElement.closest('.pair') !== null"):
            break
    names = [text for _, text in reached]
    assert reached[0] == ["A", "Skip to the report"]
    assert {"Drops", "Method", "Drop", "Clear"} <= set(names)
    assert any(tag == "SUMMARY" for tag, _ in reached)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.hash") == "#p2"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.hash") == "#p6"  # four in a row at this width
    page.keyboard.press("Enter")
    viewer = page.locator("dialog")
    assert viewer.is_visible()
    assert viewer.locator(".viewer-count").text_content() == "6 of 24"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert viewer.locator(".viewer-count").text_content() == "7 of 24"
    assert "star" in viewer.text_content()
    page.keyboard.press("Escape")
    assert not viewer.is_visible()
    assert page.evaluate("document.activeElement.hash") == "#p7"


def test_sorting_and_reasons_by_keyboard(visit):
    page = visit("one")
    page.locator("#t-drops thead button", has_text="p").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#t-drops th[aria-sort]").count() == 1
    page.locator(".why summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("there is no folder of textures").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_text("there is no folder of textures").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_switches_the_theme_and_remembers(visit, scheme):
    page = visit("one", color_scheme=scheme)
    ground = "getComputedStyle(document.body).backgroundColor"
    first = page.evaluate(ground)
    assert first == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 21, 24)"}[scheme]
    page.get_by_role("button", name="Switch between light and dark").click()
    second = page.evaluate(ground)
    assert second != first
    page.reload()
    assert page.evaluate(ground) == second


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_over_the_edge(visit, name):
    page = visit(name)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("name", ["one", "rich"])
def test_the_five_answers_need_no_scrolling(visit, name):
    page = visit(name)
    for what in ("h1", ".lead", ".figures, .models", ".why summary", ".forest", ".leads img >> nth=5"):
        box = page.locator(what).first.bounding_box()
        assert box["y"] + box["height"] <= 800, what


def test_text_is_large_enough_and_no_line_is_too_long(visit):
    page = visit("rich", width=2560, height=1200)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
    widths = page.locator(".lead p, .intro").evaluate_all(
        "all => all.map(p => p.offsetWidth / parseFloat(getComputedStyle(p).fontSize))"
    )
    assert max(widths) <= 75 * 0.6  # a digit is about 0.56 em wide


def test_reads_without_script(visit):
    page = visit("rich", script=False)
    assert page.locator("#pairs .pair:visible").count() == 60
    assert page.locator("#t-drops tbody tr:visible").count() == 26
    assert (
        page.locator("button:visible, select:visible, input:visible").count() == 0
    )  # nothing that would do nothing


def test_hostile_names_run_nothing(visit):
    page = visit("hostile")
    dialogs = []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page.locator("#p1 a").click()
    page.keyboard.press("Escape")
    assert dialogs == []
    assert page.locator("script").count() == 1
    assert '<script>alert("x")</script>' in page.locator("h1").text_content()


def test_prints_on_a4_in_light_colors_without_a_cut_chart(visit):
    page = visit("rich", width=688, color_scheme="dark")  # A4 less its margins, at 96 dots an inch
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    over = page.locator("svg:visible, img:visible").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > 689).length"
    )
    assert over == 0
    kept = page.locator("figure, tr").evaluate_all(
        "all => all.every(e => getComputedStyle(e).breakInside === 'avoid')"
    )
    assert kept
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95" in pdf or b"/MediaBox [0 0 595" in pdf


def test_every_control_has_a_name(visit):
    page = visit("rich")
    nameless = page.locator("button, a, select, input, summary, [role=img], [role=region]").evaluate_all(
        "all => all.filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.closest('label')"
        " || e.querySelector('img[alt]'))).map(e => e.outerHTML)"
    )
    assert nameless == []
    assert page.locator("img:not([alt])").count() == 0


def test_the_command_is_copied_or_selected(visit):
    page = visit("one")
    button = page.locator("[data-copy]")
    button.click()
    page.wait_for_function(
        "['Copied', 'Selected'].includes(document.querySelector('[data-copy]').textContent)"
    )
