"""Boxes and packs: masks, gloves, gifts, sweets, marquetry, tea, rice."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, mix, poly, star
from marketplace.demo.art.thing import Thing, label, leaf, metal_around, soft, turned


def crate(pen: Pen, x: float, y: float, w: float, h: float, deep: float, colour: str) -> None:
    """A closed box seen from the front and a little from above and the end side."""
    dx, dy = deep, deep * 0.5
    pen.path(poly((x, y), (x + dx, y - dy), (x + w + dx, y - dy), (x + w, y)), pen.down(lit(colour, 0.1), lit(colour, 0.05)))
    pen.path(poly((x + w, y), (x + w + dx, y - dy), (x + w + dx, y + h - dy), (x + w, y + h)), pen.down(lit(colour, -0.08), lit(colour, -0.16)))
    pen.path(poly((x, y), (x + w, y), (x + w, y + h), (x, y + h)), pen.down(lit(colour, 0.03), lit(colour, -0.06)))
    pen.line(f"M{x} {y}H{x + w}L{x + w + dx} {y - dy}", lit(colour, 0.2), 1.4, stroke_opacity=0.6)


def draw_mask_box(pen: Pen, colour: str) -> None:
    """A box of masks with one drawn out and one lying in front."""
    pen.shadow(210, 420, 152, 18)
    crate(pen, 78, 262, 206, 156, 50, "#f4f6f6")
    pen.path("M78 330H284V418H78Z", soft(pen, colour))
    pen.path("M284 330L334 305V393L284 418Z", lit(colour, -0.12))
    pen.path("M130 249Q206 232 296 243Q270 256 220 255Q160 258 130 249Z", "#2a3238", fill_opacity=0.55)
    _mask(pen, 214, 222, 0.86, mix(colour, "#ffffff", 0.6), -4)
    pen.path("M128 252Q206 262 300 246L292 258Q206 270 124 262Z", pen.down("#ffffff", "#e6eaea"))
    label(pen, 96, 280, 66, 62, lit(colour, -0.05))
    pen.line("M178 290H262M178 304H244M178 318H230", lit(colour, -0.05), 4, stroke_opacity=0.5)
    pen.line("M100 372H190M100 386H170", "#ffffff", 4, stroke_opacity=0.7)
    pen.path(star(248, 378, 20, 11, 8), "#ffffff", fill_opacity=0.85)
    _mask(pen, 276, 418, 0.8, mix(colour, "#ffffff", 0.72), 8)


def draw_cloth_mask(pen: Pen, colour: str) -> None:
    """Two washable cloth masks."""
    pen.shadow(200, 424, 140, 16)
    for y, scale, tone, turn in ((264, 1.3, lit(colour, 0.12), -7), (364, 1.5, colour, 4)):
        with pen.moved(f"translate(200,{y}) rotate({turn}) scale({scale})"):
            pen.line("M-62 -18Q-104 -30 -98 6Q-92 34 -58 24M62 -18Q104 -30 98 6Q92 34 58 24", "#f3ece0", 4)
            body = "M-66 -26Q-30 -38 0 -46Q30 -38 66 -26Q72 0 58 28Q30 42 0 50Q-30 42 -58 28Q-72 0 -66 -26Z"
            pen.path(body, pen.slant(lit(tone, 0.07), lit(tone, -0.1)))
            with pen.inside(body):
                for row in range(-2, 3):
                    for place in range(-3, 4):
                        x = place * 21 + row % 2 * 10
                        pen.path(star(x, row * 20, 7, 3.4, 5), "#fdf6e6", fill_opacity=0.7)
                pen.dim("M0 -46Q30 -38 66 -26Q72 0 58 28Q30 42 0 50Q8 0 0 -46Z", 0.12)
            pen.line("M0 -45Q9 0 0 49", lit(tone, -0.16), 1.8, stroke_opacity=0.7)
            pen.stitch("M-60 -23Q-30 -33 0 -40Q30 -33 60 -23M-54 24Q-30 37 0 44Q30 37 54 24", lit(tone, 0.22), 1.4, "4 4")


def draw_glove_box(pen: Pen, colour: str) -> None:
    """A box of disposable gloves with one coming out."""
    pen.shadow(210, 420, 150, 18)
    _glove(pen, 196, 250, 0.92, mix(colour, "#ffffff", 0.35), 6)
    crate(pen, 74, 264, 214, 154, 48, "#f2f5f5")
    pen.oval(206, 252, 62, 9, "#27323a", fill_opacity=0.7)
    _glove(pen, 200, 262, 0.84, mix(colour, "#ffffff", 0.25), -4, cuff=False)
    pen.path("M132 256Q206 270 282 254Q276 264 206 266Q138 266 132 256Z", "#ffffff")
    pen.path("M74 300H288V384H74Z", soft(pen, colour))
    pen.path("M288 300L336 276V360L288 384Z", lit(colour, -0.13))
    _hand_mark(pen, 116, 342)
    pen.line("M166 328H262M166 344H240M166 360H222", "#ffffff", 5, stroke_opacity=0.8)


def draw_wipes(pen: Pen, colour: str) -> None:
    """A soft pack of wipes with an open lid."""
    pen.shadow(206, 420, 150, 18)
    body = "M64 318Q58 296 84 292Q200 280 320 292Q344 296 338 318Q330 352 340 396Q342 416 318 418Q200 426 84 418Q60 416 62 396Q72 352 64 318Z"
    pen.path(body, soft(pen, colour, 0.08, 0.1))
    with pen.inside(body):
        pen.line("M74 292Q86 350 74 420M88 290Q98 350 88 420M326 290Q314 350 326 420M312 290Q304 350 312 420", lit(colour, -0.12), 3, stroke_opacity=0.4)
        pen.gloss("M104 292Q200 284 300 292V308Q200 298 104 308Z", 0.35)
    pen.path("M150 268Q158 206 200 196Q196 222 226 226Q252 232 254 268Z", pen.down("#ffffff", "#dfe8ea"))
    pen.line("M176 262Q180 226 198 204M212 264Q206 242 224 230", "#c7d4d8", 2.2, stroke_opacity=0.8)
    pen.rect(126, 262, 152, 44, 16, soft(pen, "#f6f8f8"))
    pen.rect(138, 266, 128, 28, 12, "#cfdadd")
    pen.path("M150 280Q160 262 200 262Q240 262 254 280Q200 294 150 280Z", "#ffffff")
    pen.path("M266 262Q300 236 300 190Q302 176 290 178L270 184Q274 236 250 262Z", pen.across("#ffffff", "#d3dde0"))
    label(pen, 164, 326, 76, 72, lit(colour, -0.1))
    for x, turn in ((122, -30), (132, 24), (284, 30), (274, -24)):
        leaf(pen, x, 384, 30, turn, "#8fbf7f")


def draw_kit(pen: Pen, colour: str) -> None:
    """A hygiene kit: a zip bag with a pair of gloves and an alcohol pad."""
    pen.shadow(206, 420, 140, 18)
    bag = "M92 190Q92 178 104 178H296Q308 178 308 190V402Q308 418 292 418H108Q92 418 92 402Z"
    pen.path(bag, pen.slant("#f7fbfb", mix(colour, "#ffffff", 0.7)))
    with pen.inside(bag):
        _glove(pen, 166, 420, 1.12, mix(colour, "#ffffff", 0.2), -8)
        _glove(pen, 218, 424, 1.12, mix(colour, "#ffffff", 0.05), 7)
        with pen.moved("rotate(9 254 350)"):
            pen.rect(206, 312, 94, 88, 5, pen.slant("#ffffff", "#ccd9e4"))
            pen.rect(206, 312, 94, 10, 2, "#e9f0f4", stroke="#b8c8d2", stroke_width=0.8)
            pen.rect(206, 390, 94, 10, 2, "#e9f0f4", stroke="#b8c8d2", stroke_width=0.8)
            pen.path("M253 332Q270 352 264 366Q258 378 253 378Q246 378 241 366Q236 352 253 332Z", "#3f8fc0")
            pen.gloss("M214 326h10v58h-10Z", 0.7)
        pen.gloss("M92 178L180 178L92 330Z", 0.24)
    pen.rect(92, 178, 216, 28, 8, soft(pen, colour))
    pen.line("M100 192H300", "#ffffff", 3, stroke_opacity=0.75)
    pen.rect(278, 182, 30, 20, 5, soft(pen, "#f4f1e8"))
    pen.path(bag, stroke=lit(colour, -0.05), stroke_opacity=0.35, stroke_width=2)


def draw_first_aid(pen: Pen, colour: str) -> None:
    """A first-aid box with a handle and two clasps."""
    pen.shadow(206, 420, 154, 18)
    pen.path("M160 246V226Q160 210 176 210H228Q244 210 244 226V246H230V228Q230 224 226 224H178Q174 224 174 228V246Z", pen.down("#5d636b", "#33373d"))
    crate(pen, 70, 262, 226, 156, 40, colour)
    pen.line("M70 312H296L336 292", lit(colour, -0.2), 3, stroke_opacity=0.7)
    pen.line("M70 315H296L336 295", lit(colour, 0.2), 1.4, stroke_opacity=0.6)
    for x in (110, 238):
        pen.rect(x, 298, 22, 30, 4, pen.down(*SILVER.down))
        pen.rect(x + 6, 314, 10, 10, 2, SILVER.mark, fill_opacity=0.6)
    pen.oval(183, 360, 44, 44, "#fdfaf4")
    pen.path("M173 332H193V350H211V370H193V388H173V370H155V350H173Z", "#2f8f5b")
    pen.gloss("M78 268H110L86 412H78Z", 0.16)


def draw_tissue_box(pen: Pen, colour: str) -> None:
    """A box of tissues, one standing up."""
    pen.shadow(210, 420, 152, 18)
    crate(pen, 70, 302, 232, 116, 56, colour)
    pen.oval(214, 288, 74, 9, "#2a2226", fill_opacity=0.5)
    pen.path("M154 288Q150 232 186 176Q196 204 214 182Q230 210 252 190Q246 240 276 288Q214 300 154 288Z", pen.across("#ffffff", "#eef2f4", "#d9e1e6"))
    pen.line("M186 182Q180 236 188 288M214 188Q216 240 208 290M250 196Q236 240 240 286", "#c6d1d8", 2, stroke_opacity=0.8)
    with pen.inside("M70 302H302V418H70Z"):
        for row in range(3):
            for place in range(8):
                x, y = 84 + place * 32 + row % 2 * 16, 326 + row * 36
                pen.path(star(x, y, 12, 6, 8), "#fdf8ea", fill_opacity=0.75)
                pen.oval(x, y, 3, 3, lit(colour, -0.1))


def draw_gift_box(pen: Pen, colour: str) -> None:
    """An open gift box of sweets and nuts in compartments."""
    pen.shadow(206, 420, 160, 18)
    pen.path(poly((72, 256), (328, 256), (312, 176), (88, 176)), pen.down(lit(colour, -0.04), lit(colour, 0.04)))
    pen.path(poly((84, 250), (316, 250), (304, 184), (96, 184)), stroke=GOLD.middle, stroke_width=2)
    pen.path(star(200, 216, 26, 14, 8), GOLD.middle)
    pen.path(star(200, 216, 15, 8, 8), lit(colour, -0.05))
    pen.path(poly((60, 334), (340, 334), (328, 256), (72, 256)), "#f3e3c4")
    cells = (("#8fa446", 74), ("#a86a34", 140), ("#efe0b8", 206), ("#7a2e2a", 272))
    for row, (y, h, grow) in enumerate(((262, 32, 0), (298, 32, 5))):
        for place, (tone, x) in enumerate(cells):
            tone = cells[(place + row * 2) % 4][0]
            left = x - grow + (place - 1.5) * grow
            pen.rect(left, y, 56 + grow, h, 4, lit(tone, -0.14))
            for kernel in range(8):
                px, py = left + 8 + kernel % 4 * 14, y + 10 + kernel // 4 * 13
                pen.oval(px, py, 8.500, 6, pen.ball(lit(tone, 0.1), lit(tone, -0.06)), transform=f"rotate({kernel * 47 % 90 - 40} {px} {py})")
    pen.path(poly((60, 334), (340, 334), (340, 412), (332, 420), (68, 420), (60, 412)), soft(pen, colour))
    pen.rect(60, 356, 280, 26, 0, metal_around(pen, GOLD))
    pen.path("M200 368Q160 336 150 362Q150 384 200 370Q250 384 250 362Q240 336 200 368Z", pen.down(*GOLD.down))
    pen.path("M196 370L176 408L190 402L200 376L212 402L224 408L204 370Z", pen.down(GOLD.middle, GOLD.dark))
    pen.oval(200, 368, 10, 9, pen.ball(GOLD.light, GOLD.dark))


def draw_sweet_box(pen: Pen, colour: str) -> None:
    """A box of gaz or baklava, lid behind, in neat rows."""
    pen.shadow(204, 422, 160, 18)
    pen.path(poly((86, 246), (314, 246), (300, 150), (100, 150)), soft(pen, colour, 0.02, 0.05))
    pen.path(poly((100, 238), (300, 238), (290, 158), (110, 158)), stroke=GOLD.middle, stroke_width=2)
    _arabesque(pen, 200, 198, GOLD.middle)
    pen.path(poly((56, 372), (344, 372), (316, 246), (84, 246)), "#fbf1d9")
    for row in range(4):
        y, wide = 256 + row * 28, 224 + row * 14
        for place in range(6):
            left = 200 - wide / 2 + place * wide / 6 + 2
            _sweet(pen, left, y, wide / 6 - 4, 22 + row * 1.500, (place + row) % 2)
    pen.path(poly((56, 372), (344, 372), (340, 416), (60, 416)), soft(pen, colour))
    pen.line("M66 394H334", GOLD.middle, 2)
    pen.path(star(200, 394, 14, 7, 8), GOLD.light)


def draw_khatam_box(pen: Pen, colour: str) -> None:
    """A marquetry box with a brass lock."""
    pen.shadow(208, 420, 154, 18)
    x, y, w, h = 74, 296, 218, 122
    pen.path(poly((x, y), (x + 46, y - 44), (x + w + 46, y - 44), (x + w, y)), lit(colour, 0.02))
    with pen.inside(poly((x, y), (x + 46, y - 44), (x + w + 46, y - 44), (x + w, y))):
        with pen.moved(f"translate({x},{y}) matrix(1 0 -1.045 1 0 0) scale(1,0.62)"):
            _khatam(pen, 0, -72, w, 72, colour)
    pen.path(poly((x + w, y), (x + w + 46, y - 44), (x + w + 46, y + h - 44), (x + w, y + h)), pen.across(lit(colour, -0.1), lit(colour, -0.2)))
    pen.rect(x, y, w, h, 3, soft(pen, colour))
    _khatam(pen, x + 12, y + 14, w - 24, 34, colour)
    _khatam(pen, x + 12, y + 62, w - 24, 48, colour)
    pen.line(f"M{x} {y + 54}H{x + w}L{x + w + 46} {y + 10}", "#2e170b", 2.4, stroke_opacity=0.8)
    for left in (x, x + w - 10):
        pen.rect(left, y, 10, h, 2, lit(colour, -0.06))
    pen.rect(168, 334, 32, 42, 5, pen.down(*BRASS.down))
    pen.oval(184, 352, 5, 5, BRASS.mark)
    pen.path("M181 354H187L189 368H179Z", BRASS.mark)
    pen.gloss(poly((x, y), (x + 60, y), (x + 20, y + h), (x, y + h)), 0.12)


def draw_carved_box(pen: Pen, colour: str) -> None:
    """A carved wooden box with an arabesque."""
    pen.shadow(208, 420, 152, 18)
    crate(pen, 76, 286, 216, 132, 48, colour)
    pen.line("M76 330H292L340 306", lit(colour, -0.2), 3)
    for grain in range(5):
        pen.line(f"M84 {296 + grain * 27}q50 {6 - grain * 3} 100 0t102 {grain - 2}", lit(colour, -0.1), 1.5, stroke_opacity=0.4)
    pen.rect(92, 342, 184, 64, 6, "none", stroke=lit(colour, -0.18), stroke_width=3)
    pen.rect(95, 345, 184, 64, 6, "none", stroke=lit(colour, 0.14), stroke_width=1.4)
    _arabesque(pen, 184, 375, lit(colour, -0.22))
    with pen.moved("translate(1.5,1.8)"):
        _arabesque(pen, 184, 375, lit(colour, 0.14), 1.2)
    pen.oval(184, 330, 9, 9, pen.ball(BRASS.light, BRASS.dark))


def draw_tea_pack(pen: Pen, colour: str) -> None:
    """A tin of tea with leaves and a scoop."""
    pen.shadow(206, 420, 136, 18)
    pen.path("M112 228H264V406Q188 432 112 406Z", turned(pen, colour))
    pen.oval(188, 228, 76, 19, lit(colour, 0.08))
    pen.path("M116 196Q188 214 260 196V226Q188 246 116 226Z", metal_around(pen, GOLD))
    pen.oval(188, 196, 72, 17, pen.down(GOLD.light, GOLD.middle))
    pen.oval(188, 192, 14, 5, GOLD.dark)
    pen.oval(188, 186, 13, 8, pen.ball(GOLD.light, GOLD.dark))
    panel = "M140 390V300Q140 268 188 246Q236 268 236 300V390Q188 404 140 390Z"
    pen.path(panel, "#fdf6e2")
    pen.path("M147 384V301Q147 274 188 255Q229 274 229 301V384Q188 396 147 384Z", stroke=lit(colour, -0.08), stroke_width=1.6)
    for turn in (-50, -18, 18, 50):
        leaf(pen, 188, 356, 46, turn, "#5c8a4c")
    pen.line("M164 372Q188 378 212 372", lit(colour, -0.08), 3, stroke_opacity=0.6)
    for x, y, turn in ((272, 418, 70), (296, 412, -64), (284, 424, 20), (314, 422, 80), (262, 424, -30)):
        leaf(pen, x, y, 18, turn, "#4a5f30")


def draw_rice_bag(pen: Pen, colour: str) -> None:
    """A cloth bag of rice, tied, with a wooden measure."""
    pen.shadow(206, 420, 152, 18)
    body = "M96 410Q70 330 110 262Q140 234 160 220H232Q252 234 282 262Q322 330 296 410Q290 420 276 420H116Q102 420 96 410Z"
    pen.path("M158 224Q138 176 150 160Q176 176 196 160Q216 176 242 160Q254 176 234 224Z", pen.down("#f3e7cc", "#cfb88c"))
    pen.path(body, pen.across((0, "#cbb386"), (0.24, "#f6ecd4"), (0.6, "#e8d9b8"), (1, "#b99f70")))
    with pen.inside(body):
        for place in range(9):
            x = 96 + place * 26
            pen.line(f"M{196 + (x - 196) * 0.3:.0f} 220Q{x} 300 {x - 4} 420", "#a88c58", 1.6, stroke_opacity=0.28)
        pen.path("M84 300Q196 280 310 300V380Q196 400 84 380Z", colour, fill_opacity=0.92)
        pen.path("M84 306Q196 286 310 306M84 374Q196 394 310 374", stroke=GOLD.light, stroke_width=2)
        pen.path(star(196, 340, 34, 19, 8), "#fdf6e2")
        _ear(pen, 196, 362)
    pen.line("M154 222Q196 232 238 222", "#8d6230", 7)
    pen.line("M232 224q26 4 30 24M232 224q18 14 14 34", "#8d6230", 4)
    pen.path("M282 372H350L342 412Q340 420 330 420H302Q292 420 290 412Z", pen.across("#a4723f", "#dcae76", "#8d5d2f"))
    pen.oval(316, 372, 34, 9, "#8d5d2f")
    pen.path("M288 370Q300 350 316 350Q334 352 344 370Q316 380 288 370Z", "#fbf7ec")


def draw_beauty_box(pen: Pen, colour: str) -> None:
    """A care gift set: bottle, jar and soap in a ribboned basket box."""
    pen.shadow(206, 420, 156, 18)
    pen.rect(112, 196, 62, 180, 12, turned(pen, mix(colour, "#ffffff", 0.25)))
    pen.rect(126, 160, 34, 40, 6, metal_around(pen, GOLD))
    pen.rect(112, 252, 62, 64, 0, "#fdf8ec")
    leaf(pen, 143, 304, 34, 0, "#6f9a5e")
    pen.rect(184, 262, 96, 110, 12, turned(pen, "#fbf4e6"))
    pen.rect(180, 240, 104, 34, 8, metal_around(pen, GOLD))
    pen.path(star(232, 318, 22, 12, 8), colour)
    pen.path("M262 300H326V376H262Z", soft(pen, "#f1c9cf"))
    pen.gloss("M266 304h54v10h-54Z", 0.4)
    for place in range(22):
        x = 70 + place * 12.5
        pen.line(f"M{x:.0f} 366q8 -22 18 -8q-12 6 -2 14", ("#f3e4c4", "#e2cd9f", "#fbf1da")[place % 3], 4)
    pen.path(poly((58, 356), (342, 356), (330, 412), (322, 420), (78, 420), (70, 412)), soft(pen, colour))
    pen.path(poly((186, 356), (214, 356), (213, 420), (187, 420)), pen.down(*GOLD.down))
    pen.path("M200 358Q160 326 148 350Q148 376 200 362Q252 376 252 350Q240 326 200 358Z", pen.down(*GOLD.down))
    pen.oval(200, 358, 10, 9, pen.ball(GOLD.light, GOLD.dark))


def draw_jewel_box(pen: Pen, colour: str) -> None:
    """An open jewellery box with a ring cushion and pearls."""
    pen.shadow(206, 420, 150, 18)
    pen.path("M92 286L104 168Q106 156 118 156H282Q294 156 296 168L308 286Z", soft(pen, colour, 0.02, 0.08))
    pen.path("M106 276L116 176Q117 168 126 168H274Q283 168 284 176L294 276Z", pen.down("#7b2740", "#a94a60"))
    pen.rect(140, 186, 120, 76, 6, pen.slant("#eef3f4", "#b9c9cf"))
    pen.gloss("M146 190H200L160 258H146Z", 0.5)
    pen.path(poly((92, 286), (308, 286), (320, 330), (80, 330)), pen.down("#8d3650", "#6d2038"))
    for x in range(104, 300, 26):
        pen.line(f"M{x} 290L{200 + (x - 200) * 1.1:.0f} 328", "#b8617a", 7, stroke_opacity=0.6)
    pen.oval(160, 306, 16, 16, "none", stroke=GOLD.middle, stroke_width=4.5)
    pen.path(star(160, 290, 9, 5, 8), "#3fb5b8")
    for place in range(12):
        x = 204 + place * 8.4
        pen.oval(x, 312 + (place - 5.5) ** 2 * 0.5 - 8, 5.5, 5.5, pen.ball("#ffffff", "#d8cfc4"))
    pen.path(poly((80, 330), (320, 330), (320, 408), (308, 420), (92, 420), (80, 408)), soft(pen, colour))
    _arabesque(pen, 200, 378, GOLD.middle)
    pen.rect(186, 322, 28, 22, 4, pen.down(*BRASS.down))
    for x in (104, 282):
        pen.path(f"M{x - 8} 420h30l-4 8h-22Z", BRASS.dark)


def _mask(pen: Pen, x: float, y: float, scale: float, tone: str, turn: float) -> None:
    with pen.moved(f"translate({x},{y}) rotate({turn}) scale({scale})"):
        pen.line("M-66 -22Q-108 -20 -96 16Q-88 34 -64 26M66 -22Q108 -20 96 16Q88 34 64 26", "#ffffff", 3.4)
        pen.path("M-70 -32Q0 -44 70 -32Q74 0 66 32Q0 52 -66 32Q-74 0 -70 -32Z", pen.down(lit(tone, 0.03), lit(tone, -0.07)))
        pen.line("M-70 -12Q0 -20 70 -12M-71 6Q0 2 71 6M-69 22Q0 26 69 22", lit(tone, -0.14), 2, stroke_opacity=0.6)
        pen.line("M-70 -9Q0 -17 70 -9M-71 9Q0 5 71 9", "#ffffff", 1.6, stroke_opacity=0.8)
        pen.line("M-26 -34Q0 -38 26 -34", lit(tone, -0.2), 3, stroke_opacity=0.5)


def _glove(pen: Pen, x: float, y: float, scale: float, tone: str, turn: float, cuff: bool = True) -> None:
    with pen.moved(f"translate({x},{y}) rotate({turn}) scale({scale})"):
        shape = "M-34 0V-62Q-40 -84 -52 -98Q-58 -110 -48 -112Q-36 -108 -26 -90V-146Q-26 -156 -18 -156Q-11 -156 -11 -146L-9 -104V-160Q-9 -170 -1 -170Q7 -170 7 -160L8 -104L12 -152Q13 -162 20 -161Q28 -160 27 -150L25 -100L32 -132Q35 -141 41 -138Q47 -136 45 -127L36 -62L32 0Z"
        pen.path(shape, pen.across(lit(tone, 0.06), lit(tone, -0.01), lit(tone, -0.1)))
        pen.line("M-10 -104Q-2 -84 -6 -60M8 -104Q12 -86 6 -70", lit(tone, -0.13), 2, stroke_opacity=0.6)
        pen.gloss("M-28 -60Q-24 -90 -20 -148h5Q-14 -90 -18 -4h-8Z", 0.35)
        if cuff:
            pen.rect(-37, -10, 72, 12, 5, lit(tone, -0.05))


def _hand_mark(pen: Pen, x: float, y: float) -> None:
    with pen.moved(f"translate({x},{y + 30}) scale(0.36)"):
        pen.path("M-34 0V-62Q-40 -84 -52 -98Q-58 -110 -48 -112Q-36 -108 -26 -90V-146Q-18 -164 -11 -146L-9 -104V-160Q-1 -176 7 -160L8 -104L12 -152Q20 -168 27 -150L25 -100L32 -132Q41 -146 45 -127L36 -62L32 0Z", "#ffffff")


def _khatam(pen: Pen, x: float, y: float, w: float, h: float, colour: str) -> None:
    pen.rect(x, y, w, h, 2, "#f0d9a6", stroke="#3a1d0d", stroke_width=2)
    rows = max(1, round(h / 24))
    columns = round(w / (h / rows))
    sx, sy = w / columns, h / rows
    for row in range(rows):
        for place in range(columns):
            cx, cy = x + sx * (place + 0.5), y + sy * (row + 0.5)
            pen.path(star(cx, cy, sx * 0.5, sx * 0.27, 6), "#4a2512" if (row + place) % 2 else lit(colour, -0.05))
            pen.path(star(cx, cy, sx * 0.24, sx * 0.13, 6), "#2e8f7a" if (row + place) % 2 else "#c2452f")


def _arabesque(pen: Pen, x: float, y: float, colour: str, width: float = 2.4) -> None:
    for side in (1, -1):
        with pen.moved(f"translate({x},{y}) scale({side},1)"):
            pen.line("M10 0Q26 -24 46 -10Q58 4 44 12Q34 14 36 4M22 -6Q30 16 58 20Q78 18 74 4M46 -10Q60 -26 80 -16", colour, width)
            pen.path("M74 4q10 -8 16 0q-6 8 -16 0Z", colour)
    pen.path(star(x, y, 11, 6, 8), colour)


def _sweet(pen: Pen, x: float, y: float, w: float, h: float, kind: int) -> None:
    tone = "#fbf3e0" if kind else "#d99a3e"
    pen.rect(x, y + 4, w, h, 5, lit(tone, -0.22))
    pen.rect(x, y, w, h - 1, 5, pen.slant(lit(tone, 0.06), lit(tone, -0.06)))
    for place in range(4):
        pen.oval(x + w * (0.24 + 0.17 * place), y + h * (0.36 + 0.24 * (place % 2)), 3.4, 2.2, "#8fa446" if kind else "#6f8a2f")


def _ear(pen: Pen, x: float, y: float) -> None:
    for place in range(4):
        for side in (-24, 24):
            leaf(pen, x, y - 4 - place * 8, 11, side, "#b98a35")


THINGS = (
    Thing("maskbox", ("hygiene",), "جعبه ماسک", "box of masks", draw_mask_box, (("blue", "wall", "cyan"), ("turquoise", "plinth", "green"), ("green", "window", "cream"))),
    Thing("clothmask", ("hygiene",), "ماسک پارچه‌ای", "two cloth masks", draw_cloth_mask, (("teal", "wall", "cream"), ("coral", "sun", "pink"))),
    Thing("glovebox", ("hygiene",), "جعبه دستکش یک‌بارمصرف", "box of gloves", draw_glove_box, (("turquoise", "wall", "green"), ("blue", "niche", "cyan"), ("lilac", "plinth", "lilac"))),
    Thing("wipes", ("hygiene",), "بسته دستمال مرطوب", "pack of wipes", draw_wipes, (("turquoise", "sun", "cyan"), ("pistachio", "wall", "green"))),
    Thing("kit", ("hygiene",), "بسته بهداشتی", "hygiene kit of gloves and an alcohol pad", draw_kit, (("turquoise", "wall", "cream"), ("blue", "plinth", "cyan"))),
    Thing("firstaid", ("hygiene",), "جعبه کمک‌های اولیه", "first-aid box", draw_first_aid, (("red", "wall", "cream"), ("white", "plinth", "cyan"))),
    Thing("tissuebox", ("hygiene",), "جعبه دستمال کاغذی", "box of tissues", draw_tissue_box, (("teal", "wall", "peach"), ("coral", "niche", "pink"))),
    Thing("giftbox", ("nuts",), "جعبه هدیه آجیل", "gift box of nuts", draw_gift_box, (("burgundy", "wall", "cream"), ("teal", "niche", "peach")), 1.02, "burgundy"),
    Thing("sweetbox", ("food",), "جعبه شیرینی", "box of sweets", draw_sweet_box, (("turquoise", "wall", "cream"), ("burgundy", "plinth", "pink")), 1.0, "cream"),
    Thing("khatambox", ("handicraft",), "جعبه خاتم", "marquetry box", draw_khatam_box, (("brown", "niche", "cream"), ("amber", "wall", "green")), 1.04),
    Thing("carvedbox", ("handicraft",), "جعبه منبت", "carved wooden box", draw_carved_box, (("natural", "wall", "green"), ("amber", "plinth", "cream")), 1.04),
    Thing("teapack", ("food",), "قوطی چای", "tin of tea", draw_tea_pack, (("green", "wall", "cream"), ("burgundy", "niche", "peach"), ("navy", "plinth", "green")), 1.08),
    Thing("ricebag", ("food",), "کیسه برنج", "bag of rice", draw_rice_bag, (("green", "wall", "cream"), ("navy", "window", "peach")), 1.04, "cream"),
    Thing("beautybox", ("beauty",), "بسته هدیه مراقبت", "care gift set", draw_beauty_box, (("coral", "niche", "pink"), ("teal", "sun", "peach"))),
    Thing("jewelbox", ("jewelry",), "جعبه جواهر", "jewellery box", draw_jewel_box, (("natural", "wall", "lilac"), ("navy", "niche", "cream")), 1.04),
)  # fmt: skip
