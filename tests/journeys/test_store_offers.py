"""A store's offer by form: written, mended, sent, approved, seen and bought; every page checked on the way."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.files.tints import tint
from tests.factories import a_person, world
from tests.factories.buying import broken_invariants
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
FORM = {
    "title_fa": "كيف دستی مهتاب",
    "sku": "کیف-۱",
    "description_fa": "دوخته از چرم گاوی، با آستر پارچه‌ای.",
    "regular_toman": "۱٬۰۰۰٬۰۰۰",
    "festival_toman": "800,000 تومان",
    "stocked_count": "۱۰",
    "limit_per_buyer": "2",
    "weight_grams": "700",
}


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def store(app, w):
    client = Client(app)
    client.sign_in(w.owners[0])
    return client


def a_photo(size=(900, 700), kind="JPEG", **options):
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, kind, **options)
    target.seek(0)
    return target


def only_new(client):
    with client.app.app_context():
        return db.session.query(Offer).order_by(Offer.id.desc()).first()


def drafted(client, w, **changes):
    page = client.get("/panel/offers/new")
    row = next(o.get("value") for o in page.all("option") if o.get("value"))
    page = client.submit(page.form("/panel/offers"), **{**FORM, "category": row, **changes})
    return page


def test_an_offer_is_written_checked_and_sent(store, w, at):
    page = drafted(store, w)
    assert "پیش‌نویس" in page.text and "کیف دستی" in page.text
    assert "فاکتور یا نشانی قیمتی همگانی لازم است" in page.text
    page = store.submit(page.form("/submission"), expect=422)
    assert "هنوز نمی‌تواند" in page.text
    form = page.form(f"/panel/offers/{only_new(store).id}")
    page = store.submit(form, evidence_url="https://prices.example/42")
    page = store.submit(page.form("/submission"))
    assert "در صف بررسی" in page.text
    page = store.submit(page.form("/withdrawal"))
    assert page.form("/submission")
    assert store.get("/en/panel/offers").text.count("draft")


def test_what_is_wrong_is_said_beside_each_field(store, w):
    page = store.get("/panel/offers/new")
    page = store.submit(page.form("/panel/offers"), expect=422, title_fa="ک", regular_toman="۱۲ ریال")
    assert "قیمت به ریال است" in page.text and "خانه‌ها درست نیستند" not in page.title
    assert page.one("input", name="title_fa").get("value") == "ک"
    drafted(store, w)
    page = drafted_again(store)
    assert "همین کد" in page.text


def drafted_again(store):
    page = store.get("/panel/offers/new")
    row = next(o.get("value") for o in page.all("option") if o.get("value"))
    form = page.form("/panel/offers")
    return store.submit(form, expect=409, **{**FORM, "category": row, "title_fa": "کیف دیگر"})


def test_pictures_are_made_anew_and_refused_by_name(store, w, settings):
    offer_id = int(drafted(store, w).path.rpartition("/")[2])
    address = f"/panel/offers/{offer_id}"
    exif = Image.Exif()
    exif[0x0110] = "Camera of Sara"
    page = store.submit(store.get(address).form("/pictures"), picture=(a_photo(exif=exif), "x.jpg"))
    key = only_new(store).picture_key
    assert key.startswith("u-") and f"/media/{key}-240.webp" in page.source
    assert tint(key) and f'data-tint="{tint(key)}"' in page.source
    for width in (240, 480, 712):
        for extension in ("avif", "webp"):
            with Image.open(settings.media / f"{key}-{width}.{extension}") as made:
                assert made.size == (width, width * 5 // 4) and not made.getexif()
    frames = [Image.new("RGB", (400, 400), c) for c in ("red", "blue")]
    animated = io.BytesIO()
    frames[0].save(animated, "WEBP", save_all=True, append_images=frames[1:])
    bad = {
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "متحرک": animated.getvalue(),
        "۳۰۰": a_photo((100, 100)).getvalue(),
        "": a_photo().getvalue() + b"<script>alert(1)</script>",
    }
    for word, body in bad.items():
        page = store.submit(
            store.get(address).form("/pictures"), expect=422, picture=(io.BytesIO(body), "x.jpg")
        )
        assert word in page.text and page.all(class_="field__error")
    page = store.submit(store.get(address).form(f"/pictures/{key}/removal"))
    assert only_new(store).picture_key is None


def test_while_live_the_price_falls_and_the_stock_moves(store, w):
    address = f"/panel/offers/{w.soap.id}"
    page = store.submit(store.get(address).form("/price"), festival_toman=str(w.soap.festival_toman - 1000))
    assert "قیمت پایین آمد" in page.text
    page = store.submit(page.form("/price"), expect=409, festival_toman="۹۹۹٬۹۹۹٬۹۹۹")
    assert "تنها می‌تواند پایین بیاید" in page.text
    page = store.submit(page.form("/stock"), stocked_count="۷۰")
    assert "موجودی ثبت شد" in page.text
    page = store.submit(page.form("/ending"))
    assert "پایان‌یافته" in page.text
    assert broken_invariants() == {}


def test_another_stores_offer_does_not_exist(app, store, w):
    foreign = next(o for o in (w.soap, w.carpet, w.tea) if o.store_id != w.stores[0].id)
    before = _row(store, foreign.id)
    store.get(f"/panel/offers/{foreign.id}", expect=404)
    for act in ("", "/submission", "/withdrawal", "/price", "/stock", "/ending", "/discarding", "/pictures",
                "/evidence", "/pictures/u-1/removal", "/pictures/u-1/lead"):  # fmt: skip
        store.post(
            f"/panel/offers/{foreign.id}{act}",
            {"festival_toman": "5000", "stocked_count": "1", **FORM, "category": "x"},
            expect=404,
        )
    assert _row(store, foreign.id) == before
    stranger = Client(app)
    stranger.sign_in(a_person())
    stranger.get("/panel/offers", expect=404)


def _row(client, offer_id):
    with client.app.app_context():
        offer = db.session.get(Offer, offer_id)
        return {c.name: getattr(offer, c.name) for c in Offer.__table__.columns}


def test_a_file_of_offers_from_upload_to_the_desk(store, w):
    rows = [[f"F-{n}", f"کیف شماره {n}", "1000000", "800000"] for n in range(3)]
    page = store.get("/panel/offers/imports")
    sheet = store.get("/panel/offers/imports/template.csv").body.decode("utf-8-sig")
    heads = [cell.strip('"') for cell in sheet.strip().split(",")]
    slug = next(o.get("value") for o in store.get("/panel/offers/new").all("option") if o.get("value"))
    lines = [",".join(f'"{h}"' for h in heads)]
    for sku, title, regular, festival in [*rows, ["F-9", "کیف بد", "12 ریال", "1"]]:
        lines.append(
            f"{sku},{title},,{slug},دوخته از چرم گاوی.,,,,700,{regular},{festival},5,2,,,https://prices.example/1"
        )
    page = store.submit(
        page.form("/panel/offers/imports"), table=(io.BytesIO("\n".join(lines).encode()), "کالاها.csv")
    )
    assert "قیمت به ریال است" in page.text and "بررسی شد" in page.text
    wrong = store.get(f"{page.path}/errors.csv").body.decode("utf-8-sig")
    assert "کیف بد" in wrong and "قیمت به ریال است" in wrong and "کیف شماره 1" not in wrong
    assert store.get(f"{page.path}/errors.xlsx").body.startswith(b"PK")
    page = store.submit(page.form("/application"), expect=409)
    assert "چیزی نوشته نشد" in page.text
    page = store.submit(page.form("/application"), only_good="1", send="1")
    page = store.get(page.path)
    assert "نوشته شد" in page.text
    assert store.get("/panel/offers?state=checked").text.count("کیف شماره") >= 3
    page = store.submit(store.get("/panel/offers/imports").form("/panel/offers/imports"), expect=422,
                        table=(io.BytesIO(b""), "x.csv"))  # fmt: skip
    assert "خالی است" in page.text
    store.get("/panel/offers/imports/999", expect=404)
    store.get("/panel/offers/imports/template.exe", expect=404)
    other = Client(store.app)
    other.sign_in(w.owners[1])
    other.get("/panel/offers/imports/1", expect=404)
    other.get("/panel/offers/imports/1/errors.csv", expect=404)
