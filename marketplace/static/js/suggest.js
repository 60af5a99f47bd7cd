/* Suggestions under the search field: a combobox with a list. The form stays what it is; nothing is chosen by itself. */
const WAIT = 120;
const LEAST = 2;
let lists = 0;

const digits = (n) =>
  document.documentElement.lang === "fa" ? String(n).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(n);

function option(item, id, field) {
  const row = document.createElement("li");
  row.className = "suggest__item";
  row.id = id;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.dataset.url = item.url;
  const label = document.createElement("bdi");
  label.textContent = item.label;
  row.append(label);
  const kind = { category: field.dataset.suggestCategory, store: field.dataset.suggestStore }[item.kind];
  if (kind) {
    const mark = document.createElement("span");
    mark.className = "suggest__kind";
    mark.textContent = kind;
    row.append(mark);
  }
  return row;
}

export function suggest(field) {
  const list = document.createElement("ul");
  list.className = "suggest";
  list.id = `suggest-${++lists}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.suggestTitle);
  const told = document.createElement("span");
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  field.form.append(list, told);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) field.setAttribute(name, value);

  let timer, asked, at = -1, typed = "";
  const rows = () => [...list.children];
  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    at = place;
    rows().forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", rows()[at].id);
      rows()[at].scrollIntoView({ block: "nearest" });
    }
  };
  const show = (items) => {
    list.replaceChildren(...items.map((item, n) => option(item, `${list.id}-${n}`, field)));
    if (!items.length) told.textContent = "";
    else told.textContent = field.dataset.suggestCount.replace("{count}", digits(items.length));
    list.hidden = !items.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  };
  const ask = async () => {
    typed = field.value.trim();
    if (typed.length < LEAST) return close();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${field.dataset.suggestFrom}?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === field) show((await answer.json()).items);
    } catch { /* The search works without suggestions. */ }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape" && count) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(((at + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "ArrowDown") ask();
    else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      location.href = rows()[at].dataset.url;
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-url]");
    if (row) location.href = row.dataset.url;
  });
  field.addEventListener("blur", close);
  if (field.value.trim() !== typed) ask();
}
