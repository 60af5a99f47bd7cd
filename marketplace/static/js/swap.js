/* Forms that change a part of the page: sent in the background, and the parts marked data-part are taken from the answer.
   Anything unexpected falls back to a plain submit. Marks: form[data-swap] (POST), form[data-swap-get] (GET: its address is kept),
   a[data-swap-link], form[data-preview] (POST with preview=1 when a field marked data-changes-sum changes). */
const address = () => location.pathname + location.search;
let shown = address();
const parts = () => [...document.querySelectorAll("[data-part]")];

async function fetchPage(url, options) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" }, ...options });
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error(`status ${answer.status}`);
  return { page: new DOMParser().parseFromString(await answer.text(), "text/html"), url: answer.url, ok: answer.ok };
}

/* What is being pressed stays until it is let go: a button that is exchanged in between would swallow the click. */
let released = null;
for (const [down, ups] of [["pointerdown", ["pointerup", "pointercancel"]], ["keydown", ["keyup"]]]) {
  addEventListener(down, () => {
    released = new Promise((done) => {
      for (const up of ups) addEventListener(up, () => setTimeout(done), { once: true, capture: true });
      setTimeout(done, 1000);
    });
  }, true);
}

/* Where the focus was, to be found again in the new parts: by id, else by name and words (of a choice: its value), else the part itself. */
function remember() {
  const focused = document.activeElement;
  const part = focused?.closest("[data-part]");
  if (!part) return () => {};
  const is = (e) => (e.type === "radio" || e.type === "checkbox" ? e.value : (e.getAttribute("aria-label") ?? e.textContent));
  const same = (e) => e.name === focused.name && e.form?.getAttribute("action") === action && is(e) === words;
  const [action, words] = [focused.form?.getAttribute("action"), is(focused)];
  return () => {
    if (document.contains(focused)) return;
    const fresh = document.querySelector(`[data-part="${part.dataset.part}"]`);
    const again = (focused.id && document.getElementById(focused.id)) || [...document.querySelectorAll("button, input, a")].find(same) || fresh;
    if (again === fresh) fresh?.setAttribute("tabindex", "-1");
    again?.focus({ preventScroll: true });
  };
}

function take(page) {
  const refocus = remember();
  let found = 0;
  for (const part of parts()) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) {
      if (part.dataset.open !== undefined) fresh.dataset.open = "";
      part.replaceWith(fresh);
      found += 1;
    }
  }
  for (const badge of document.querySelectorAll("[data-cart-count]")) {
    const fresh = page.querySelector("[data-cart-count]");
    if (fresh) {
      badge.textContent = fresh.textContent;
      badge.dataset.count = fresh.dataset.count;
    }
  }
  const notices = page.querySelector("#notices");
  if (notices && notices.children.length) {
    const shelf = document.querySelector("#notices");
    shelf.replaceChildren(...notices.children);
    shelf.classList.add("toasts--float");
    setTimeout(() => shelf.replaceChildren(), 6000);
  }
  refocus();
  return found;
}

let running = null;
async function send(form, submitter) {
  const data = new FormData(form, submitter);
  document.documentElement.setAttribute("aria-busy", "true");
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  try {
    if (form.method === "get") {
      const url = new URL(form.action);
      for (const [name, value] of data) if (value !== "") url.searchParams.append(name, value);
      const { page, ok } = await fetchPage(url, { signal });
      if (!ok || !take(page)) throw new Error("no part");
      history.replaceState(null, "", url);
      shown = address();
      document.title = page.title;
    } else {
      const { page, url } = await fetchPage(submitter?.hasAttribute("formaction") ? submitter.formAction : form.action, { method: "POST", body: data, signal });
      if (!take(page)) location.assign(url);
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    form.removeAttribute("data-swap");
    form.removeAttribute("data-swap-get");
    form.requestSubmit(submitter);
  } finally {
    document.documentElement.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-swap], [data-swap-get]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

/* Links that only change parts of this page: filters, orders of a list. */
async function follow(link) {
  try {
    const { page, ok, url } = await fetchPage(link.href, {});
    if (!ok || !take(page)) throw new Error("no part");
    history.pushState(null, "", url);
    shown = address();
    document.title = page.title;
  } catch {
    location.assign(link.href);
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  follow(link);
});

/* Back to an address that shows other parts. A leap within the page is none: the answer to a form must not be asked for again. */
addEventListener("popstate", () => {
  if (address() !== shown) location.reload();
});

/* A form that shows its sum anew when something it depends on changes. The page is busy until the sum stands; the last change counts. */
let previewing = null;
document.addEventListener("change", async (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-preview]") || !event.target.matches("[data-changes-sum]")) return;
  const data = new FormData(form);
  data.set("preview", "1");
  previewing?.abort();
  const mine = (previewing = new AbortController());
  document.documentElement.setAttribute("aria-busy", "true");
  try {
    const { page, ok } = await fetchPage(form.action, { method: "POST", body: data, signal: mine.signal });
    await released;
    if (ok && mine === previewing) take(page);
  } catch {
    /* the sum is shown again before anything is paid */
  } finally {
    if (mine === previewing) document.documentElement.removeAttribute("aria-busy");
  }
});
