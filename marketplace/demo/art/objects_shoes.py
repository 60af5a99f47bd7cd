"""Shoes, boots, slippers and socks, mostly in pairs."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD
from marketplace.demo.art.pen import Pen, at, lit, mix, star
from marketplace.demo.art.thing import Thing, soft, turned


def pair(pen: Pen, colour: str, shoe: str, behind: tuple[float, float] = (58, -28)) -> None:
    """The same shoe twice: the far one a little smaller and darker."""
    pen.shadow(200, 422, 158, 18)
    with pen.moved(
        f"translate({behind[0] - 30},{behind[1]}) translate(200,420) scale(0.94) translate(-200,-420)"
    ):
        SHOES[shoe](pen, lit(colour, -0.05))
    with pen.moved("translate(-30,0)"):
        SHOES[shoe](pen, colour)


def _boot(pen: Pen, colour: str) -> None:
    pen.path(
        "M64 392H318V408Q318 420 304 420H148L142 410H138V420H76Q64 420 64 408Z",
        pen.down("#4b3a30", "#2a1f19"),
    )
    body = "M78 176Q128 188 172 174L176 300Q220 322 262 334Q316 348 316 396Q316 404 308 404H140V396H72Q66 300 78 176Z"
    pen.path(body, pen.across(lit(colour, -0.08), lit(colour, 0.07), lit(colour, -0.02), lit(colour, -0.1)))
    with pen.inside(body):
        pen.path("M248 326Q320 342 320 408H226Q232 360 248 326Z", lit(colour, -0.06))
        pen.path("M60 330Q110 340 128 408H60Z", lit(colour, -0.08))
        pen.gloss("M92 186Q112 190 118 188L116 330Q96 320 90 300Z", 0.14)
    pen.stitch("M244 328Q232 360 230 402M132 402Q120 346 78 334", lit(colour, 0.24), 1.6, "5 4")
    pen.path("M172 178L176 300Q190 308 204 314L194 176Q184 176 172 178Z", lit(colour, -0.12))
    for row in range(6):
        y = 194 + row * 20
        pen.line(f"M166 {y}L200 {y + 9}", "#f2e6cf", 4)
        pen.oval(164, y, 4, 4, GOLD.middle)
    pen.path(
        "M74 176Q72 160 84 156Q130 168 174 154Q182 160 180 176Q128 194 74 176Z",
        soft(pen, mix(colour, "#e9d8b8", 0.72)),
    )
    pen.line("M72 394H316", lit(colour, -0.2), 3, stroke_opacity=0.7)


def _heel(pen: Pen, colour: str) -> None:
    pen.path("M78 282Q66 340 76 420H92Q90 350 112 318Z", turned(pen, lit(colour, -0.1)))
    body = "M76 262Q72 300 100 318Q150 330 200 384Q226 414 262 416H318Q338 416 334 400Q326 384 292 376Q226 352 166 292Q120 246 92 250Q78 252 76 262Z"
    pen.path(body, pen.slant(lit(colour, 0.12), lit(colour, -0.08)))
    pen.path(
        "M92 262Q112 258 158 300Q214 354 286 382Q270 392 240 384Q204 340 158 314Q110 304 92 280Z",
        lit(colour, -0.2),
    )
    pen.path(
        "M100 318Q150 330 200 384Q226 414 262 416H318Q336 416 334 404Q330 412 312 410H266Q232 408 206 380Q154 322 100 310Z",
        "#f0e0c4",
    )
    pen.gloss("M292 380Q320 388 326 398Q316 404 300 400Q296 390 292 380Z", 0.24)
    for place in range(5):
        x, y = at(262, 374, 10, place * 72)
        pen.oval(x, y, 6, 6, GOLD.middle)
    pen.oval(262, 374, 5, 5, GOLD.light)


def _flat(pen: Pen, colour: str) -> None:
    pen.path("M70 404H334Q338 420 322 420H84Q68 420 70 404Z", "#8a6a4c")
    body = "M68 362Q66 408 84 408H320Q340 404 334 386Q326 366 286 360Q262 356 250 366Q200 400 140 378Q104 362 90 342Q70 338 68 362Z"
    pen.path(body, pen.down(lit(colour, 0.09), lit(colour, -0.08)))
    pen.path(
        "M80 352Q88 346 96 356Q140 396 204 390Q236 384 252 368Q240 362 224 366Q150 388 104 348Q88 336 80 352Z",
        lit(colour, -0.2),
    )
    pen.line("M78 356Q88 344 98 358Q140 398 206 390Q238 384 256 366Q268 358 286 362", lit(colour, 0.2), 3)
    pen.path("M262 374Q246 358 236 370Q236 384 262 376Q288 386 290 372Q280 360 262 374Z", lit(colour, -0.06))
    pen.oval(262, 374, 5, 5, pen.ball(GOLD.light, GOLD.dark))
    pen.gloss("M296 370Q320 376 326 390Q312 396 300 390Q302 380 296 370Z", 0.26)
    pen.stitch("M76 398Q200 404 326 398", lit(colour, 0.2), 1.4, "4 4")


def _sandal(pen: Pen, colour: str) -> None:
    pen.path(
        "M64 384Q62 420 88 420H312Q340 420 334 398Q326 384 290 388Q200 400 140 372Q84 352 64 384Z",
        pen.down("#a47a4c", "#6b4a2a"),
    )
    pen.path(
        "M64 384Q84 352 140 372Q200 400 290 388Q326 384 334 396Q300 404 260 404Q180 408 128 386Q86 374 64 390Z",
        "#d9b98a",
    )
    pen.line("M66 394Q90 380 128 392Q190 412 262 410Q310 408 334 402", "#7d5730", 1.6, stroke_dasharray="3 4")
    strap = pen.down(lit(colour, 0.1), lit(colour, -0.08))
    pen.path(
        "M232 402Q226 352 256 340Q288 344 300 396Q288 400 278 400Q270 366 256 360Q250 376 254 404Z", strap
    )
    pen.path("M160 396Q164 330 200 318Q232 326 240 404L216 404Q212 352 198 342Q184 352 184 402Z", strap)
    pen.path("M72 378Q60 312 84 300Q124 296 178 338L172 356Q124 322 92 322Q84 340 96 372Z", strap)
    pen.rect(128, 312, 24, 22, 4, pen.down(*GOLD.down), transform="rotate(30 140 323)")
    pen.rect(134, 317, 12, 12, 2, lit(colour, -0.06), transform="rotate(30 140 323)")
    pen.stitch(
        "M80 366Q72 318 88 310Q124 306 170 342M240 396Q236 358 256 348Q280 352 290 392M168 390Q172 338 200 328Q224 336 230 396",
        lit(colour, 0.26),
        1.4,
        "4 4",
    )


def _slipper(pen: Pen, colour: str) -> None:
    pen.path("M62 396Q60 420 84 420H316Q342 420 338 396Z", pen.down("#f4ead8", "#c9b490"))
    pen.path(
        "M62 396Q64 376 92 374H180L338 396Q338 404 330 404H70Q62 404 62 396Z", mix(colour, "#f6ecd8", 0.7)
    )
    body = "M168 386Q176 322 236 322Q318 326 338 396Q336 406 320 406H172Q160 400 168 386Z"
    pen.path(body, pen.down(lit(colour, 0.1), lit(colour, -0.08)))
    pen.oval(178, 362, 15, 44, lit(colour, -0.2), transform="rotate(10 178 362)")
    pen.path("M166 392Q170 318 236 318Q218 330 204 344Q188 366 186 402Z", mix(colour, "#fbf3e2", 0.75))
    with pen.inside(body):
        pen.path(star(264, 366, 24, 12, 8), "#fdf6e4", fill_opacity=0.85)
        pen.path(star(264, 366, 10, 5, 8), lit(colour, -0.04))
        pen.gloss("M240 330Q300 340 322 384Q290 346 240 342Z", 0.24)
    pen.stitch("M70 410H330", lit(colour, -0.05), 1.6, "5 4")


def _rain_boot(pen: Pen, colour: str) -> None:
    pen.path(
        "M70 394H144L150 404H300Q318 404 316 394V414Q316 420 306 420H146L140 412H78Q68 412 70 394Z",
        lit(colour, -0.2),
    )
    body = "M84 150H184L186 300Q196 330 246 338Q314 348 316 396Q316 404 306 404H150L142 396H72Q66 380 76 300Z"
    pen.path(body, pen.across(lit(colour, -0.08), lit(colour, 0.1), lit(colour, 0), lit(colour, -0.12)))
    pen.rect(78, 140, 112, 24, 8, lit(colour, -0.08))
    pen.gloss("M98 168H116L110 330Q100 344 92 330Z", 0.4)
    pen.gloss("M240 346Q292 352 304 384Q270 362 232 360Z", 0.3)
    pen.line("M74 386H144L152 396H314", lit(colour, 0.16), 2.4)
    pen.path(star(146, 226, 17, 9, 8), "#fdf6e4", fill_opacity=0.8)


def draw_booties(pen: Pen, colour: str) -> None:
    """Knitted baby booties with ribbons."""
    pen.shadow(206, 420, 140, 16)
    for x, scale, tone in ((44, 0.9, lit(colour, -0.04)), (-28, 1.0, colour)):
        with pen.moved(
            f"translate({x},{0 if scale == 1 else -16}) translate(200,420) scale({scale}) translate(-200,-420)"
        ):
            body = "M114 300Q160 312 206 298L210 346Q290 344 298 388Q300 416 270 420H136Q104 418 106 380Z"
            pen.path(body, pen.down(lit(tone, 0.07), lit(tone, -0.08)))
            with pen.inside(body):
                for y in range(354, 420, 16):
                    for px in range(112 + y % 3 * 6, 300, 19):
                        pen.line(f"M{px} {y}l3 5l3-5", lit(tone, -0.12), 1.4, stroke_opacity=0.55)
            pen.path("M108 268Q160 254 212 268L208 312Q160 326 112 312Z", mix(tone, "#ffffff", 0.6))
            for px in range(118, 210, 9):
                pen.line(f"M{px} 268V314", lit(tone, -0.06), 2, stroke_opacity=0.5)
            pen.line("M110 322Q160 336 210 320", "#ffffff", 6)
            pen.path(
                "M176 328Q152 308 146 324Q150 340 176 332Q202 344 208 330Q204 312 176 328Z",
                "#ffffff",
                stroke=lit(tone, -0.06),
                stroke_width=1.4,
            )
            pen.line("M174 334l-10 22M178 334l12 20", "#ffffff", 4)


def draw_socks(pen: Pen, colour: str) -> None:
    """A pair of socks with stripes."""
    pen.shadow(206, 422, 130, 16)
    for x, y, tone in ((48, -14, lit(colour, -0.05)), (-18, 0, colour)):
        with pen.moved(f"translate({x},{y})"):
            body = "M126 146H214V286Q216 306 240 326L286 366Q304 386 288 408Q270 428 242 414L148 350Q124 330 126 296Z"
            pen.path(body, pen.across(lit(tone, -0.06), lit(tone, 0.08), lit(tone, -0.06)))
            with pen.inside(body):
                for top in (210, 238, 266):
                    pen.rect(110, top, 120, 12, 0, "#fdf6e4", fill_opacity=0.9)
                pen.path("M260 340L310 380L270 430L226 400Q240 368 260 340Z", mix(tone, "#fdf6e4", 0.75))
                pen.path("M110 300Q160 318 178 372L110 360Z", mix(tone, "#fdf6e4", 0.75))
            pen.rect(122, 138, 96, 34, 6, lit(tone, -0.03))
            for px in range(128, 218, 8):
                pen.line(f"M{px} 142V170", lit(tone, -0.13), 1.8, stroke_opacity=0.6)


SHOES = {
    "boot": _boot,
    "heel": _heel,
    "flat": _flat,
    "sandal": _sandal,
    "slipper": _slipper,
    "rainboot": _rain_boot,
}


def _shoe(name: str, fa: str, en: str, looks: tuple[tuple[str, str, str], ...], scale: float = 1.0) -> Thing:
    return Thing(name, ("shoes",), fa, en, lambda pen, colour: pair(pen, colour, name), looks, scale)


THINGS = (
    _shoe("boot", "نیم‌بوت", "pair of boots", (("brown", "wall", "cream"), ("black", "niche", "peach"), ("honey", "plinth", "green")), 0.95),
    _shoe("heel", "کفش پاشنه‌دار", "pair of heels", (("burgundy", "sun", "pink"), ("black", "wall", "cream")), 0.96),
    _shoe("flat", "کفش عروسکی", "pair of ballet flats", (("coral", "plinth", "pink"), ("black", "wall", "peach"), ("turquoise", "wall", "cream"))),
    _shoe("sandal", "صندل", "pair of sandals", (("brown", "wall", "cyan"), ("honey", "sun", "peach"), ("navy", "plinth", "cream"))),
    _shoe("slipper", "دمپایی", "pair of slippers", (("teal", "wall", "cream"), ("pink", "niche", "lilac"), ("grey", "wall", "green"))),
    _shoe("rainboot", "چکمه", "pair of rain boots", (("yellow", "wall", "cyan"), ("green", "window", "cream")), 0.95),
    Thing("booties", ("shoes",), "پاپوش نوزاد", "pair of baby booties", draw_booties, (("pink", "wall", "cream"), ("turquoise", "niche", "cyan")), 1.05),
    Thing("sock", ("shoes",), "جوراب", "pair of socks", draw_socks, (("mustard", "wall", "green"), ("navy", "sun", "peach"), ("brick", "wall", "cream"))),
)  # fmt: skip
