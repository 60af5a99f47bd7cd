/* The draw shown pick after pick. The result exists and stands in the page; here is only when each becomes visible.

   A number rolls for 1.6 seconds before each name; where motion is not wished the name simply appears. Before the draw
   the page waits for the result and opens itself again when it is there. */
const stage = document.querySelector("[data-show]");
const one = (name) => stage.querySelector(`[data-${name}]`);
const items = [...stage.querySelectorAll("[data-reveal-item]")];
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const inPersian = document.documentElement.lang === "fa";
const grouped = new Intl.NumberFormat(inPersian ? "fa-IR" : "en");
const ROLL_MS = 1600;
const REST_MS = 6000;
let at = -1;
let timer = null;
let isPlaying = false;

const count = () => {
  const done = items.filter((item) => item.dataset.phase === "shown").length;
  one("done").textContent = grouped.format(done);
  one("fill").style.inlineSize = `${(100 * done) / items.length}%`;
};

const roll = (item, then) => {
  const of = Number(item.dataset.of);
  const box = item.querySelector("[data-roll]");
  const end = performance.now() + ROLL_MS;
  item.dataset.phase = "rolling";
  const turn = (now) => {
    if (item.dataset.phase !== "rolling") return;
    if (now >= end) {
      then();
      return;
    }
    const isLate = end - now < 300;
    box.textContent = grouped.format(isLate ? Number(item.dataset.ticket) : Math.floor(Math.random() * of));
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
};

const show = (item) => {
  item.dataset.phase = "shown";
  count();
  if (at === items.length - 1) pause();
  else if (isPlaying) timer = setTimeout(next, REST_MS);
};

const next = () => {
  clearTimeout(timer);
  if (at >= 0) items[at].dataset.phase = "shown";
  if (at >= items.length - 1) return;
  at += 1;
  for (const item of items) item.toggleAttribute("data-current", item === items[at]);
  if (isCalm) show(items[at]);
  else roll(items[at], () => show(items[at]));
};

const pause = () => {
  isPlaying = false;
  clearTimeout(timer);
  one("play").querySelector("span").textContent = one("play").dataset.goWord;
};

const play = () => {
  isPlaying = true;
  one("play").querySelector("span").textContent = one("play").dataset.pauseWord;
  if (stage.dataset.mode !== "play") {
    stage.dataset.mode = "play";
    for (const item of items) item.dataset.phase = "hidden";
    at = -1;
    count();
  }
  next();
};

const all = () => {
  pause();
  delete stage.dataset.mode;
  at = items.length - 1;
  for (const item of items) {
    item.dataset.phase = "shown";
    item.removeAttribute("data-current");
  }
  count();
};

if (items.length) {
  for (const name of ["play", "next", "all"]) one(name).hidden = false;
  one("play").addEventListener("click", () => (isPlaying ? pause() : play()));
  one("next").addEventListener("click", () => (stage.dataset.mode === "play" ? next() : play()));
  one("all").addEventListener("click", all);
  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") one("next").click();
    else if (event.key === "Escape") all();
  });
} else if (stage.dataset.stateUrl) {
  setInterval(async () => {
    try {
      const answer = await fetch(stage.dataset.stateUrl);
      const { state } = await answer.json();
      if (answer.ok && ["drawn", "settled", "voided"].includes(state)) location.reload();
    } catch {
      /* The next turn asks again. */
    }
  }, 10_000);
}
