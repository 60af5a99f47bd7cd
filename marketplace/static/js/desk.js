/* The review desk by keyboard: j and k walk the rows, x picks, Enter opens. Without it the same by mouse and Tab. */
const form = document.querySelector("[data-desk]");
if (form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const said = form.querySelector("[data-chosen]");
  const everything = form.querySelector("input[name=all]");
  let here = -1;

  const stand = (place) => {
    if (!rows.length) return;
    rows[here]?.classList.remove("table__current");
    here = Math.max(0, Math.min(rows.length - 1, place));
    rows[here].classList.add("table__current");
    rows[here].querySelector("[data-open]").focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  };
  const count = () => {
    const n = rows.filter((row) => row.querySelector("input[name=chosen]")?.checked).length;
    const digits = document.documentElement.lang === "fa" ? String(n).replace(/\d/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(n);
    if (said) said.textContent = n && !everything?.checked ? said.dataset.words.replace("%", digits) : "";
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "j") stand(here + 1);
    else if (key === "k") stand(here < 0 ? 0 : here - 1);
    else if (key === "x" && here >= 0) {
      const box = rows[here].querySelector("input[name=chosen]");
      if (!box) return;
      box.checked = !box.checked;
      count();
    } else if (key === "enter" && here >= 0 && event.target === document.body) rows[here].querySelector("[data-open]").click();
    else return;
    event.preventDefault();
  });
  form.addEventListener("change", count);
  for (const [place, row] of rows.entries()) {
    row.addEventListener("focusin", () => {
      if (place === here) return;
      rows[here]?.classList.remove("table__current");
      here = place;
      row.classList.add("table__current");
    });
  }
  count();
}
