"""Bowls of nuts and dried fruit, heaped kernel by kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.thing import Look, Thing, turned

Kernel = Callable[[Pen, Random], None]


def _pistachio_kernel(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#8fa446", "#a5b75a", "#7b9440"))
    pen.path("M-13 2Q-11 -8 1 -8Q13 -7 13 1Q11 8 -1 8Q-12 8 -13 2Z", tone)
    pen.path("M-12 3Q-2 -2 13 1Q11 8 -1 8Q-11 8 -12 3Z", "#8a4a5a", fill_opacity=0.5)
    pen.line("M-7 -4Q0 -7 7 -4", "#ffffff", 1.8, stroke_opacity=0.4)


def _almond(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#b0703c", "#a06232", "#c08049"))
    pen.path("M-15 1Q-10 -10 4 -9Q14 -7 16 0Q13 8 3 9Q-10 10 -15 1Z", tone)
    pen.line("M-12 1Q0 -3 13 0M-9 5Q0 2 10 5M-7 -4Q2 -7 10 -4", lit(tone, -0.12), 1.2, stroke_opacity=0.6)
    pen.line("M-6 -5Q1 -8 8 -6", "#ffffff", 1.8, stroke_opacity=0.32)


def _walnut(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#c08a52", "#b17c45", "#cd9a62"))
    pen.path("M-16 0Q-17 -12 -5 -13Q0 -17 6 -13Q17 -12 16 0Q17 11 6 13Q0 16 -6 13Q-17 11 -16 0Z", tone)
    pen.line("M0 -13V13M-10 -9Q-4 -6 -10 -1Q-4 3 -9 9M10 -9Q4 -6 10 -1Q4 3 9 9", lit(tone, -0.17), 2)
    pen.line("M-11 -6Q-9 -10 -4 -10", "#ffffff", 2, stroke_opacity=0.4)


def _hazelnut(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#a8642c", "#b87437", "#96561f"))
    pen.oval(0, 0, 13, 12.5, tone)
    pen.path("M-12 4Q0 -2 12 4Q9 12.500 0 12.500Q-9 12.500 -12 4Z", "#dcb98a")
    pen.oval(-4, -5, 4, 3, "#ffffff", fill_opacity=0.38)


def _cashew(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#ecd7a8", "#e2c991", "#f2e1ba"))
    pen.line("M-10 6Q-13 -7 0 -8Q13 -7 10 5", lit(tone, -0.1), 12)
    pen.line("M-10 5Q-12 -7 0 -8.500Q12 -8 10 4", tone, 9.5)
    pen.line("M-8 -3Q-4 -9 4 -9", "#ffffff", 2.4, stroke_opacity=0.6)


def _peanut(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#d9b27a", "#cfa569", "#e3c08d"))
    pen.path(
        "M-18 0Q-18 -9 -9 -9Q-3 -9 0 -5Q4 -9 10 -9Q18 -9 18 0Q18 9 9 9Q4 9 0 6Q-4 9 -9 9Q-18 9 -18 0Z", tone
    )
    pen.line("M-14 -3H14M-14 3H14M-10 -8V8M-5 -6V7M5 -7V7M10 -8V8", lit(tone, -0.12), 1, stroke_opacity=0.5)


def _seed(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#4a4148", "#38323a", "#5b5058"))
    pen.path("M-13 0Q-4 -8 12 0Q-4 8 -13 0Z", tone)
    pen.line("M-10 0Q-2 -4 9 0M-9 1Q-2 4 8 1", "#e9e2d6", 1.7, stroke_opacity=0.75)


def _pumpkin_seed(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#f1e7cb", "#e7d9b4", "#f6efdb"))
    pen.path("M-14 0Q-8 -9 6 -8Q14 -5 15 0Q14 5 6 8Q-8 9 -14 0Z", tone)
    pen.path(
        "M-11 0Q-6 -6 5 -5.500Q11 -3 12 0Q11 3 5 5.500Q-6 6 -11 0Z",
        "none",
        stroke=lit(tone, -0.14),
        stroke_width=1.3,
    )


def _chickpea(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#e8c277", "#dcb364", "#efcf8f"))
    pen.oval(0, 0, 11, 10.5, tone)
    pen.path("M-2 -10Q6 -14 9 -6Q5 -2 -2 -10Z", lit(tone, 0.05))
    pen.line("M1 -6Q-1 2 2 9", lit(tone, -0.14), 1.4, stroke_opacity=0.7)
    pen.oval(-4, -3, 3, 2.4, "#ffffff", fill_opacity=0.5)


def _raisin(pen: Pen, rng: Random, tones: tuple[str, ...] = ("#c98d32", "#b0701f", "#d9a54b")) -> None:
    tone = rng.choice(tones)
    pen.path("M-12 1Q-13 -8 -2 -9Q11 -9 12 0Q12 9 1 9Q-11 9 -12 1Z", tone)
    pen.line("M-8 -3Q-3 0 -7 4M-1 -6Q2 0 -1 6M6 -5Q8 0 6 5", lit(tone, -0.14), 1.7, stroke_opacity=0.7)
    pen.line("M-7 -5Q-2 -8 4 -6", "#ffffff", 1.7, stroke_opacity=0.4)


def _mulberry(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#e8d5a4", "#dcc48a", "#f0e2bd"))
    for x, y in ((-9, 0), (-4, -5), (-3, 4), (2, 0), (5, -5), (6, 5), (10, 0)):
        pen.oval(x, y, 5, 4.6, lit(tone, rng.uniform(-0.06, 0.04)), stroke=lit(tone, -0.16), stroke_width=0.8)


def _apricot(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#e58a24", "#d97a18", "#efa03c"))
    pen.path("M-18 2Q-19 -9 -6 -12Q8 -14 17 -4Q20 6 9 11Q-6 15 -18 2Z", tone)
    pen.path("M-11 1Q-4 -7 8 -3Q12 3 3 5Q-6 7 -11 1Z", lit(tone, -0.08))
    pen.line("M-13 -3Q-6 -11 5 -10", "#ffffff", 2.4, stroke_opacity=0.4)


def _fig(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#d7b272", "#c9a15f", "#e1c088"))
    pen.path("M0 -17Q4 -12 12 -7Q19 1 14 9Q7 15 0 14Q-9 15 -14 8Q-18 0 -11 -7Q-4 -12 0 -17Z", tone)
    pen.line("M0 -14Q-8 -4 -8 10M0 -14Q8 -4 8 10M0 -14V12", lit(tone, -0.14), 1.3, stroke_opacity=0.7)
    pen.oval(0, 9, 4, 3, "#7a4a2a", fill_opacity=0.7)


def _date(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#5a2a17", "#6d3620", "#4a2012"))
    pen.path("M-20 0Q-18 -11 -2 -12Q16 -11 20 -1Q18 11 1 12Q-17 11 -20 0Z", tone)
    pen.line("M-13 -6Q-2 -10 10 -7", "#f3d3b0", 3, stroke_opacity=0.5)
    pen.line("M-12 4Q0 7 12 3", lit(tone, 0.1), 1.4, stroke_opacity=0.5)
    pen.oval(-19, 0, 3, 4, "#caa16a")


def _sugar(pen: Pen, rng: Random) -> None:
    tone = rng.choice(("#f7d690", "#f2c565", "#fbe6b6"))
    pen.path(star(0, 0, 15, 11, 3, rng.randint(0, 60)), tone, stroke="#fff6de", stroke_width=1.2)
    pen.path("M-8 4L0 -10L4 4Z", "#ffffff", fill_opacity=0.45)


def _mixed(pen: Pen, rng: Random) -> None:
    rng.choice((_almond, _walnut, _hazelnut, _cashew, _pistachio_kernel, _fig, _raisin, _pistachio_kernel))(
        pen, rng
    )


def draw_bowl(pen: Pen, colour: str, kernel: Kernel, under: str, size: float, rows: int, turn: int) -> None:
    """A painted bowl heaped with kernels on more of their kind; a few lie beside it."""
    rng = Random(rows * 100 + turn)
    for kind in range(7):
        with pen.stamp(f"k{kind}"):
            pen.oval(0, 5, 15, 8, "#2a1608", fill_opacity=0.2)
            with pen.moved(f"rotate({rng.randint(-turn, turn)})"):
                kernel(pen, rng)
    pen.shadow(204, 420, 140, 18)
    pen.oval(200, 306, 106, 24, lit(colour, -0.16))
    pen.path("M106 316Q136 246 200 238Q264 246 294 316Q200 350 106 316Z", under)
    for row in range(rows):
        share = row / (rows - 1)
        half = 96 * (1 - share**1.7 * 0.82)
        count = max(2, int(half * 2 / (size * 22)))
        for place in range(count):
            x = 200 - half + 2 * half * (place + 0.5) / count + rng.uniform(-5, 5)
            y = 318 - share * 74 + rng.uniform(-4, 4)
            pen.put(f"k{rng.randrange(7)}", f"translate({x:.0f},{y:.0f}) scale({size})")
    _bowl_front(pen, colour)
    for kind, x, y in ((1, 94, 420), (3, 312, 414), (5, 290, 430)):
        pen.put(f"k{kind}", f"translate({x},{y}) scale({size})")


def draw_rock_sugar(pen: Pen, colour: str) -> None:
    """A bowl of rock sugar with two sugared sticks."""
    draw_bowl(pen, colour, _sugar, "#d9a44e", 1.0, 5, 50)
    for x, angle in ((150, -24), (246, 20)):
        with pen.moved(f"translate({x},250) rotate({angle})"):
            pen.rect(-3, -120, 6, 120, 3, pen.across("#b98a50", "#e4bd86", "#a0723c"))
            rng = Random(x)
            for place in range(13):
                pen.put(
                    f"k{rng.randrange(7)}", f"translate({rng.randint(-6, 6)},{-20 - place * 5}) scale(0.62)"
                )


def _bowl_front(pen: Pen, colour: str) -> None:
    body = "M90 306Q92 384 152 410L156 420H244L248 410Q308 384 310 306Q200 350 90 306Z"
    pen.path(body, turned(pen, colour))
    band = lit(colour, -0.16) if int(colour[1:3], 16) < 200 else "#1f6d8a"
    with pen.inside(body):
        pen.line("M88 318Q200 364 312 318", lit(colour, 0.22), 3, stroke_opacity=0.9)
        for place in range(11):
            x = 104 + place * 19.2
            y = 337 + 22 * (1 - ((x - 200) / 112) ** 2)
            pen.path(f"M{x:.0f} {y:.0f}l8 10l-8 10l-8-10Z", "#fdf6e4" if place % 2 else band)
        pen.line("M98 358Q200 402 302 358", lit(colour, 0.22), 3, stroke_opacity=0.9)
        pen.gloss("M100 318Q108 378 152 402Q128 372 118 326Z", 0.3)
    pen.path("M90 306Q200 350 310 306Q309 314 307 320Q200 362 93 320Q91 314 90 306Z", lit(colour, 0.12))


def draw_biscuits(pen: Pen, colour: str) -> None:
    """A footed plate of rice and walnut biscuits."""
    pen.shadow(204, 420, 120, 16)
    pen.path("M184 372H216L222 402Q250 408 252 420H148Q150 408 178 402Z", turned(pen, colour))
    pen.oval(200, 356, 136, 26, turned(pen, lit(colour, -0.06)))
    pen.oval(200, 350, 136, 26, lit(colour, 0.08))
    pen.oval(200, 350, 118, 20, lit(colour, -0.02))
    spots = (
        (112, 344),
        (156, 352),
        (202, 355),
        (248, 352),
        (290, 344),
        (134, 318),
        (180, 324),
        (226, 324),
        (270, 318),
        (158, 292),
        (204, 296),
        (248, 292),
        (180, 266),
        (226, 266),
        (204, 242),
    )
    for place, (x, y) in enumerate(spots):
        tone = ("#e9c182", "#f3ddb0")[place % 2]
        pen.oval(x, y + 8, 31, 15, lit(tone, -0.2))
        pen.oval(x, y, 31, 16, pen.down(lit(tone, 0.05), lit(tone, -0.06)))
        for turn in range(8):
            pen.oval(
                x + (20 if turn % 4 else 24) * (1, 0.7, 0, -0.7, -1, -0.7, 0, 0.7)[turn],
                y + 10 * (0, 0.7, 1, 0.7, 0, -0.7, -1, -0.7)[turn],
                2.2,
                1.4,
                lit(tone, -0.16),
            )
        pen.oval(x, y - 1, 6, 3.4, "#8a9c3e" if place % 2 else "#7b4a26")


def _nuts(
    name: str,
    fa: str,
    en: str,
    kernel: Kernel,
    under: str,
    looks: tuple[Look, ...],
    size: float = 1.0,
    rows: int = 6,
    turn: int = 60,
) -> Thing:
    draw = partial(draw_bowl, kernel=kernel, under=under, size=size, rows=rows, turn=turn)
    return Thing(name, ("nuts",), fa, en, draw, looks, 1.06, "natural")


_black = partial(_raisin, tones=("#4b2b2a", "#3c2122", "#5d3632"))
THINGS = (
    _nuts("pistkernels", "مغز پسته", "bowl of pistachio kernels", _pistachio_kernel, "#5f6a34", (("white", "wall", "green"), ("copper", "niche", "cream"))),
    _nuts("almonds", "کاسه بادام", "bowl of almonds", _almond, "#7d4a22", (("turquoise", "plinth", "cream"), ("blue", "sun", "peach"))),
    _nuts("walnuts", "کاسه گردو", "bowl of walnuts", _walnut, "#85562a", (("green", "wall", "cream"), ("turquoise", "niche", "peach")), 1.2, 5),
    _nuts("hazelnuts", "کاسه فندق", "bowl of hazelnuts", _hazelnut, "#7a471d", (("teal", "plinth", "cyan"), ("cream", "wall", "green")), 0.98),
    _nuts("cashews", "کاسه بادام هندی", "bowl of cashews", _cashew, "#c3a468", (("navy", "wall", "peach"), ("burgundy", "plinth", "pink"))),
    _nuts("peanuts", "کاسه بادام زمینی", "bowl of peanuts", _peanut, "#a57c45", (("green", "window", "cream"),), 0.95),
    _nuts("seeds", "کاسه تخمه آفتابگردان", "bowl of sunflower seeds", _seed, "#2b262d", (("turquoise", "wall", "cyan"), ("mustard", "plinth", "cream")), 1.2, 7),
    _nuts("pumpkinseeds", "کاسه تخمه کدو", "bowl of pumpkin seeds", _pumpkin_seed, "#b9a778", (("brick", "wall", "peach"), ("navy", "niche", "cream")), 0.95),
    _nuts("chickpeas", "کاسه نخودچی", "bowl of roasted chickpeas", _chickpea, "#b98f45", (("blue", "wall", "cream"), ("green", "plinth", "green")), 0.9, 7),
    _nuts("raisins", "کاسه کشمش", "bowl of raisins", _raisin, "#8d5a1c", (("turquoise", "niche", "green"), ("white", "plinth", "peach")), 1.0, 7),
    _nuts("blackraisins", "کاسه مویز", "bowl of black raisins", _black, "#2f1a1b", (("coral", "wall", "pink"),), 0.95),
    _nuts("mulberries", "کاسه توت خشک", "bowl of dried mulberries", _mulberry, "#b59a60", (("plum", "wall", "lilac"), ("green", "window", "cream"))),
    _nuts("apricots", "کاسه برگه زردآلو", "bowl of dried apricots", _apricot, "#b0600f", (("turquoise", "wall", "cream"), ("navy", "plinth", "peach")), 0.98),
    _nuts("figs", "کاسه انجیر خشک", "bowl of dried figs", _fig, "#9c773c", (("plum", "niche", "lilac"), ("teal", "wall", "green"))),
    _nuts("dates", "کاسه خرما", "bowl of dates", _date, "#3a180c", (("cream", "plinth", "peach"), ("turquoise", "niche", "cream")), 0.9, 6, 30),
    _nuts("mixbowl", "کاسه آجیل", "bowl of mixed nuts", _mixed, "#7a5026", (("burgundy", "niche", "pink"), ("turquoise", "wall", "cream")), 1.0, 6, 77),
    Thing("rocksugar", ("food",), "کاسه نبات", "bowl of rock sugar", draw_rock_sugar, (("turquoise", "wall", "peach"), ("burgundy", "window", "cream")), 1.0, "honey"),
    Thing("biscuits", ("food",), "ظرف نان برنجی", "plate of biscuits", draw_biscuits, (("turquoise", "niche", "cream"), ("coral", "plinth", "pink")), 1.04, "honey"),
)  # fmt: skip
