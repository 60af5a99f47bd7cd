"""The comparison of looks: a moved block, another colour and an icon that is gone are news; other letter edges are not.

The controls change what was accepted, each in one place of one page.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.browser.pictures import FOLDER, GAP, SMALLER, TOLERATED, difference, explained, judge, sheet, small

PAPER, INK = "#faf8f4", "#1b2a30"
SIZE = (390, 840)


def a_page(
    *, top: int = 400, fill: str = "#006475", price: str = "#a8123e", soft: str = "#e0f4f4", icon: bool = True
) -> Image.Image:
    """A phone with two lines of text, a price, a soft pill, a card and an icon of 20 pixels."""
    page = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(page)
    for line in range(2):
        for x in range(20, 360, 9):
            draw.line((x, 40 + 30 * line, x + 4, 54 + 30 * line), fill=INK, width=2)
    draw.text((20, 120), "123,000", fill=price, font_size=22, stroke_width=1, stroke_fill=price)
    draw.rounded_rectangle((20, 200, 120, 228), 14, fill=soft)
    draw.rounded_rectangle((16, top, 374, top + 120), 20, fill=fill)
    if icon:
        draw.ellipse((20, 300, 40, 320), outline=INK, width=2)
        draw.line((25, 310, 29, 315, 36, 305), fill=INK, width=2)
    return page


def a_shot(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def a_sheet(page: Image.Image) -> Image.Image:
    return sheet([small(a_shot(page), SIZE)] * 2)


def test_a_sheet_holds_all_shots_side_by_side() -> None:
    assert a_sheet(a_page()).size == (2 * (SIZE[0] // SMALLER + GAP), SIZE[1] // SMALLER)


def test_what_is_missing_of_a_short_page_is_white() -> None:
    assert small(a_shot(Image.new("RGB", (390, 400), INK)), SIZE).getpixel((10, 200)) == (255, 255, 255)


@pytest.mark.parametrize("way", ["soft", "sharp", "paler", "aside", "below"])
def test_letters_drawn_another_way_are_no_news(way: str) -> None:
    page = a_page()
    others = {
        "soft": page.filter(ImageFilter.GaussianBlur(0.8)),
        "sharp": page.filter(ImageFilter.SHARPEN),
        "paler": page.point(lambda value: min(255, value + 6)),
        "aside": page.transform(SIZE, Image.Transform.AFFINE, (1, 0, 1, 0, 1, 0), fillcolor=PAPER),
        "below": page.transform(SIZE, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -2), fillcolor=PAPER),
    }
    assert difference(a_sheet(page), a_sheet(others[way])) <= TOLERATED


@pytest.mark.parametrize(
    "change",
    [{"top": 412}, {"fill": "#10643a"}, {"price": INK}, {"soft": PAPER}, {"icon": False}],
    ids=["moved block", "another colour", "price in ink", "tint gone", "icon gone"],
)
def test_a_change_is_news(change: dict[str, object]) -> None:
    assert difference(a_sheet(a_page()), a_sheet(a_page(**change))) > TOLERATED  # type: ignore[arg-type]


def test_another_size_is_news() -> None:
    assert difference(a_sheet(a_page()), small(a_shot(a_page()), SIZE)) == 255


ACCEPTED = sorted(FOLDER.glob("*.webp"))
SIDE = 20


@pytest.mark.parametrize("path", ACCEPTED, ids=[path.stem for path in ACCEPTED])
def test_on_every_accepted_sheet_a_lost_block_is_news(path: Path) -> None:
    """The busiest 80 pixels of the Persian page on a phone move by 12 pixels, or become paper."""
    sheet = Image.open(path).convert("RGB")
    accepted = sheet.crop((0, 0, SIZE[0] // SMALLER, min(sheet.height, 450)))
    box = _busiest(accepted)
    moved, gone = accepted.copy(), accepted.copy()
    moved.paste(accepted.crop(box), (box[0], box[1] + 3))
    gone.paste(PAPER, box)
    assert difference(accepted, moved) > TOLERATED
    assert difference(accepted, gone) > TOLERATED


def _busiest(picture: Image.Image) -> tuple[int, int, int, int]:
    edges = picture.convert("L").filter(ImageFilter.FIND_EDGES).reduce(SIDE)
    weights = {
        edges.getpixel((x, y)): (x, y) for x in range(1, edges.width - 1) for y in range(1, edges.height - 1)
    }
    x, y = weights[max(weights)]  # type: ignore[type-var]
    return x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE


def test_a_look_is_accepted_by_a_person_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("ACCEPT_LOOKS", raising=False)
    assert "nobody has accepted" in (judge("home", a_sheet(a_page()), tmp_path) or "")
    monkeypatch.setenv("ACCEPT_LOOKS", "1")
    assert judge("home", a_sheet(a_page()), tmp_path) is None
    monkeypatch.delenv("ACCEPT_LOOKS")
    assert judge("home", a_sheet(a_page()), tmp_path) is None
    assert "differs" in (judge("home", a_sheet(a_page(top=480)), tmp_path) or "")
    assert (tmp_path / "look-home.png").is_file()


def test_what_differs_is_marked() -> None:
    before, after = a_sheet(a_page()), a_sheet(a_page(top=480))
    shown = explained(before, after)
    assert shown.height == 3 * (before.height + GAP)
    assert (255, 0, 0) in {colour for _, colour in shown.getcolors(1 << 20) or ()}
