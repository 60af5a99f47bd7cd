/* The report of a visit survives a lost network: what is typed stays in this browser (words in localStorage, pictures in
   IndexedDB), and is sent when the network is back, under the key of its first draft, so that it arrives once. A worker
   keeps the page itself, so that it opens again without a network. Without this file the form is a plain form. */
const form = document.querySelector("form[data-visit]");
const page = document.querySelector("[data-visit-page]");
const inPersian = document.documentElement.lang === "fa";
const digits = (value) => (inPersian ? String(value).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(value));
const keyOf = (visit) => `visit-${visit}`;
const KEPT = "visits-1";
const LONGEST_SIDE = 1600;
const NOT_KEPT = new Set(["csrf_token", "checklist_version", "earlier", "inspected_at"]);

/* --- pictures */
function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("visits", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction("photos", mode).objectStore("photos"));
  });
}
const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const range = (visit) => IDBKeyRange.bound(`${keyOf(visit)}/`, `${keyOf(visit)}/\uffff`);
const keepPhotos = async (visit, line, files) => ask((await store("readwrite")).put(files, `${keyOf(visit)}/${line}`));
const keptPhotos = async (visit, line) => ask((await store("readonly")).get(`${keyOf(visit)}/${line}`));
const dropPhotos = async (visit) => ask((await store("readwrite")).delete(range(visit)));

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 600_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

/* --- the draft */
const draftOf = (visit) => {
  try {
    return JSON.parse(localStorage.getItem(keyOf(visit)));
  } catch {
    return null;
  }
};
async function forget(visit) {
  localStorage.removeItem(keyOf(visit));
  if ("caches" in globalThis) await (await caches.open(KEPT)).delete(location.pathname, { ignoreVary: true });
  try {
    await dropPhotos(visit);
  } catch { /* nothing was kept */ }
}

/* --- the page, for a reload without a network: itself once, later by the worker, and the files it is made of */
async function keepPage(worker) {
  if (!("serviceWorker" in navigator) || !("caches" in globalThis)) return;
  try {
    const scope = location.pathname.replace(/\d+$/, "");
    await navigator.serviceWorker.register(worker, { scope });
    const files = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const assets = files.filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/"));
    const kept = await caches.open(KEPT);
    await kept.addAll([...new Set(assets.map((url) => url.pathname))]);
    if (!(await kept.match(location.pathname, { ignoreVary: true }))) await kept.add(location.pathname);
    document.documentElement.dataset.kept = "";
  } catch { /* it needs the network to open again */ }
}

if (page && page.dataset.visitState !== "planned") forget(page.dataset.visitPage);

if (form) {
  const visit = form.dataset.visit;
  const said = form.querySelector("[data-visit-said]");
  const count = form.querySelector("[data-visit-count]");
  const lines = [...form.querySelectorAll("[data-line]")];
  const key = form.elements.submission_key;
  let isQueued = false;
  let isSending = false;

  const say = (words, tone = "") => {
    said.textContent = words;
    said.dataset.tone = tone;
  };
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "file" && !NOT_KEPT.has(field.name));

  function keep() {
    const values = {};
    for (const field of fields()) {
      if (field.type === "radio") {
        if (field.checked) values[field.name] = field.value;
      } else values[field.name] = field.value;
    }
    try {
      localStorage.setItem(keyOf(visit), JSON.stringify({ values, isQueued, inspectedAt: form.elements.inspected_at.value }));
      return true;
    } catch {
      say(form.dataset.full, "an");
      return false;
    }
  }

  function tell() {
    const answered = lines.filter((line) => line.querySelector("input[type=radio]:checked")).length;
    count.textContent = form.dataset.count.replace("%1", digits(answered)).replace("%2", digits(lines.length));
    for (const line of lines) {
      const isWrong = Boolean(line.querySelector("input[value=not_ok]:checked"));
      line.toggleAttribute("data-wrong", isWrong);
      line.querySelector("textarea").required = isWrong;
    }
    form.toggleAttribute("data-unmet", form.elements.is_met.value === "no");
  }

  const tellPhotos = (input) => {
    if (input.files.length) input.closest("label").querySelector("[data-photo-count]").textContent = input.dataset.some.replace("%", digits(input.files.length));
  };

  async function restore() {
    const draft = draftOf(visit);
    if (!draft || !draft.values) return;
    for (const field of fields()) {
      if (!(field.name in draft.values)) continue;
      if (field.type === "radio") field.checked = field.value === draft.values[field.name];
      else field.value = draft.values[field.name];
    }
    form.elements.inspected_at.value = draft.inspectedAt ?? "";
    isQueued = Boolean(draft.isQueued);
    for (const input of form.querySelectorAll("[data-photos]")) {
      try {
        const kept = await keptPhotos(visit, input.dataset.photos);
        if (!kept?.length) continue;
        const files = new DataTransfer();
        for (const file of kept) files.items.add(file);
        input.files = files.files;
        tellPhotos(input);
      } catch { /* pictures are chosen again */ }
    }
    say(form.dataset.restored, "fz");
  }

  function missing() {
    if (form.elements.is_met.value === "no") return form.elements.summary.value.trim() ? null : form.elements.summary;
    if (!form.elements.met_name.value.trim()) return form.elements.met_name;
    for (const box of form.querySelectorAll("fieldset:has(input[type=radio])")) {
      if (!box.querySelector("input[type=radio]:checked")) return box.querySelector("input[type=radio]");
    }
    return [...form.querySelectorAll("textarea:required")].find((field) => !field.value.trim()) ?? null;
  }

  async function send() {
    if (isSending) return;
    isSending = true;
    say(form.dataset.sending, "fz");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    } catch {
      isSending = false;
      say(form.dataset.waiting, "zf");
      return;
    }
    if (answer.ok) {
      await forget(visit);
      location.assign(answer.url);
      return;
    }
    isSending = false;
    isQueued = answer.status >= 500 || answer.status === 429;
    keep();
    if (isQueued) return say(form.dataset.waiting, "zf");
    if ([401, 403].includes(answer.status)) return say(form.dataset.signIn, "an");
    let words = form.dataset.refused;
    try {
      const problem = await answer.json();
      words = [problem.title, ...Object.values(problem.fields ?? {}).map((field) => field.message)].join(" · ");
    } catch { /* a page instead of a document */ }
    say(words, "an");
  }

  form.addEventListener("input", () => {
    tell();
    if (keep()) say(form.dataset.kept, "ps");
  });
  form.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-photos]");
    if (!input) return;
    const files = await Promise.all([...input.files].slice(0, Number(input.dataset.most)).map(smaller));
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    input.files = chosen.files;
    tellPhotos(input);
    try {
      await keepPhotos(visit, input.dataset.photos, files);
      say(form.dataset.kept, "ps");
    } catch {
      say(form.dataset.full, "an");
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = missing();
    if (first) {
      say(form.dataset.missing, "an");
      first.focus();
      first.closest("fieldset, .field")?.scrollIntoView({ block: "center" });
      return;
    }
    form.elements.inspected_at.value ||= new Date().toISOString();
    isQueued = true;
    keep();
    send();
  });
  addEventListener("online", () => isQueued && send());

  if (navigator.onLine) keepPage(form.dataset.worker);
  restore().then(() => {
    tell();
    key.value ||= crypto.randomUUID();
    if (isQueued && navigator.onLine) send();
  });
}
