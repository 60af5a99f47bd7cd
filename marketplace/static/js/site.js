/* Small comforts of every page. Each works on what it finds; without this file every page still does its work. */
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const inPersian = document.documentElement.lang === "fa";
const digits = (value) => (inPersian ? String(value).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(value));

const ascii = (value) => value.replace(/[۰-۹٠-٩]/g, (d) => "۰۱۲۳۴۵۶۷۸۹".indexOf(d) + 1 ? "۰۱۲۳۴۵۶۷۸۹".indexOf(d) : "٠١٢٣٤٥٦٧٨٩".indexOf(d));

/* Theme: the cookie is what the server reads. */
for (const group of all("[data-theme-switch]")) {
  const buttons = all("button", group);
  group.dataset.ready = "";
  group.addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    document.documentElement.dataset.theme = chosen.value;
    document.cookie = `theme=${chosen.value}; path=/; max-age=31536000; samesite=lax`;
    for (const b of buttons) b.setAttribute("aria-pressed", String(b === chosen));
  });
}

/* Signing out forgets what this browser keeps: a report of a visit that was not sent is asked about. */
for (const form of all("form[data-unsent]")) {
  form.addEventListener("submit", (event) => {
    const waits = Object.keys(localStorage).some((name) => /^visit-\d+$/.test(name));
    if (waits && !confirm(form.dataset.unsent)) event.preventDefault();
  });
}

/* Suggestions come with the first letter. */
for (const field of all("[data-suggest]")) {
  field.addEventListener("focus", () => import(field.dataset.suggest).then((m) => m.suggest(field), () => {}), { once: true });
}

/* Menus close on Escape and on a click elsewhere. */
document.addEventListener("click", (event) => {
  for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = one("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      one("summary", menu).focus();
    }
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select, [contenteditable]")) {
    const field = one("[data-search]");
    if (field && field.offsetParent) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy !== undefined) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.copied = "";
    button.setAttribute("aria-label", button.dataset.done);
  } else if (button.dataset.closeToast !== undefined) {
    button.closest(".toast").remove();
  } else if (button.dataset.print !== undefined) {
    window.print();
  } else if (button.dataset.reveal !== undefined) {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  } else if (button.dataset.openDialog !== undefined) {
    document.getElementById(button.dataset.openDialog).showModal();
  } else if (button.dataset.closeDialog !== undefined) {
    button.closest("dialog").close();
  } else if (button.dataset.step !== undefined) {
    const field = one("input", button.parentElement);
    const next = (parseInt(ascii(field.value), 10) || 0) + Number(button.dataset.step);
    field.value = digits(Math.min(Number(field.dataset.most), Math.max(Number(field.dataset.least), next)));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

/* Countdown: the server said until when; the browser counts. */
function tick(box, until) {
  let left = Math.max(0, Math.floor((until - Date.now()) / 1000));
  const parts = { seconds: left % 60, minutes: (left = Math.floor(left / 60)) % 60, hours: (left = Math.floor(left / 60)) % 24, days: Math.floor(left / 24) };
  for (const cell of all("[data-unit]", box)) {
    const value = parts[cell.dataset.unit];
    const text = digits(cell.dataset.unit === "days" ? value : String(value).padStart(2, "0"));
    if (cell.textContent !== text) cell.textContent = text;
  }
}
for (const box of all("[data-until]")) {
  const until = Date.parse(box.dataset.until);
  tick(box, until);
  setInterval(() => tick(box, until), 1000);
}

/* A sheet of filters on phones. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-sheet]");
  const sheet = one("#facets");
  if (opener && sheet) {
    event.preventDefault();
    sheet.dataset.open = "";
    one("[data-close-sheet]", sheet).focus();
  } else if (sheet && sheet.dataset.open !== undefined && (event.target.closest("[data-close-sheet]") || !sheet.contains(event.target))) {
    delete sheet.dataset.open;
    one("[data-open-sheet]")?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const sheet = one("#facets[data-open]");
  if (!sheet) return;
  if (event.key === "Escape") {
    delete sheet.dataset.open;
    one("[data-open-sheet]")?.focus();
  } else if (event.key === "Tab") {
    const inside = all("a[href], button, input:not([type=hidden]), summary", sheet).filter((e) => e.checkVisibility());
    const leaves = event.shiftKey ? document.activeElement === inside[0] : document.activeElement === inside.at(-1);
    if (leaves || !sheet.contains(document.activeElement)) {
      event.preventDefault();
      (event.shiftKey ? inside.at(-1) : inside[0]).focus();
    }
  }
});

/* Fields that choose send their form themselves. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});

/* What is wrong with a form is read first. */
one("#errors")?.focus();

/* A row of places that is wider than the screen begins at the one that is open. */
for (const here of all(".panel-nav [aria-current], .office__nav [aria-current]")) {
  const row = here.closest("nav");
  const seen = row.getBoundingClientRect();
  const place = here.getBoundingClientRect();
  if (row.scrollWidth > row.clientWidth) row.scrollLeft += (place.left + place.right - seen.left - seen.right) / 2;
}

/* A button that may be pressed again after a while. */
for (const button of all("button[data-wait]")) {
  const label = one("span", button);
  const words = button.dataset.waitWords;
  let left = Number(button.dataset.wait);
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) {
      label.textContent = words.replace("%", digits(left));
      return;
    }
    clearInterval(timer);
    button.disabled = false;
    label.textContent = one("[data-wait-over]", button.form).textContent;
  }, 1000);
}
