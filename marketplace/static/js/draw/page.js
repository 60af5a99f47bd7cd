/* A draw checked in the reader's own browser. Every sentence stands in the page; here is only which of them is shown.

   All files of bundle.txt are served as one plain script, so that a page that was saved works when it is opened from a
   disk without any network. The same script is the worker beside the page; where no worker may be had (a page from a
   disk), it computes in the page itself. SCRIPT is its own address. */
import { check } from "./check.js";

const run = async (files, tell, breathe) => {
  try {
    await check(files, (step, detail) => tell({ step, detail }), breathe);
    tell({ end: "verified" });
  } catch (problem) {
    const { file = "", code = "broken", detail = problem.message } = problem;
    tell({ end: "wrong", file, code, detail });
  }
};
const inWorker = typeof document === "undefined";
if (inWorker) {
  const tell = (told) => self.postMessage(told);
  self.addEventListener("message", ({ data }) => run(data.files, tell, (share) => tell({ share })));
}

const ORDER = ["manifest", "entries", "beacon", "seed", "picks"];
const box = inWorker ? null : document.querySelector("[data-verifier]");
const one = (name) => box.querySelector(`[data-${name}]`);
const step = (name) => box.querySelector(`[data-step="${name}"]`);
let running = null;
let last = -1;

const mark = (name, state, detail) => {
  const line = step(name);
  line.dataset.state = state;
  line.querySelector("[data-state-text]").textContent = box.dataset[state] ?? "";
  if (detail) line.querySelector("[data-detail]").textContent = detail;
};
const clear = () => {
  last = -1;
  one("result").removeAttribute("data-tone");
  one("technical").textContent = "";
  for (const name of ORDER) {
    mark(name, "waiting");
    step(name).querySelector("[data-detail]").textContent = "";
  }
};
const say = (words, tone, technical = "") => {
  one("result").dataset.tone = tone;
  one("words").textContent = words;
  one("technical").textContent = technical;
};
const sentence = (code) => (box.querySelector(`[data-code="${code}"]`) ?? box.querySelector('[data-code="broken"]')).textContent;
/* After the picks of one stage the next stage begins with its public number. */
const following = () => ORDER[last + 1] ?? "beacon";

/* How much of the list was read. */
const percent = (share) => {
  const shown = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
  step("entries").querySelector("[data-detail]").textContent = shown;
};
const hear = (told) => {
  if (told.share !== undefined) percent(told.share);
  else if (told.step) {
    mark(told.step, "holds", told.detail);
    last = ORDER.indexOf(told.step);
    mark(following(), told.step === "picks" ? step(following()).dataset.state : "busy");
  } else if (told.end === "verified") say(box.dataset.verified, "good");
  else {
    mark(following(), "wrong");
    say(`${told.file ? `${told.file}: ` : ""}${sentence(told.code)}`, "bad", told.detail);
  }
  if (told.end) finish();
};
const finish = () => {
  running?.terminate();
  running = null;
  one("start").disabled = false;
};

/* In the page itself: the browser has its turn between two parts of a long list. */
const turn = (share) => {
  percent(share);
  return new Promise((done) => setTimeout(done));
};
const here = (files) => setTimeout(() => run(files, hear, turn), 50);
const compute = (files) => {
  try {
    running = new Worker(SCRIPT);
  } catch {
    running = null;
    here(files);
    return;
  }
  let isAlive = false;
  running.addEventListener("message", ({ data }) => {
    isAlive = true;
    hear(data);
  });
  running.addEventListener("error", (event) => {
    if (isAlive) hear({ end: "wrong", code: "broken", detail: event.message ?? "" });
    else here(files);
  });
  running.postMessage({ files });
};

const begin = async (reading) => {
  running?.terminate();
  clear();
  one("start").disabled = true;
  say(box.dataset.busyNow, "busy");
  mark("manifest", "busy");
  try {
    const files = await reading();
    compute(files);
  } catch (problem) {
    hear({ end: "wrong", file: problem.file ?? "", code: "unreachable", detail: problem.message });
  }
};

const fetched = async () => {
  const files = {};
  for (const link of box.querySelectorAll("[data-file]")) {
    const answer = await fetch(link.href, { cache: "no-store" });
    if (!answer.ok) throw Object.assign(new Error(`HTTP ${answer.status}`), { file: link.dataset.file });
    files[link.dataset.file] = new Uint8Array(await answer.arrayBuffer());
  }
  return files;
};
const chosen = async () => {
  const files = {};
  for (const file of one("chosen").files) files[file.name] = new Uint8Array(await file.arrayBuffer());
  one("chosen").value = ""; // so that the same files, changed meanwhile, can be chosen again
  return files;
};

if (box) {
  box.hidden = false;
  one("start").addEventListener("click", () => begin(fetched));
  one("chosen").addEventListener("change", () => one("chosen").files.length && begin(chosen));
}
