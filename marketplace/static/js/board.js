/* The order board: the packing button wakes up once the kit is ticked. */
function look(card) {
  const kit = card.querySelector("input[name=kit]");
  const pack = card.querySelector("[data-needs-kit]");
  if (!kit || !pack) return;
  pack.disabled = !kit.checked;
  pack.querySelector("span").textContent = kit.checked ? pack.dataset.ready : pack.dataset.waiting;
}
for (const card of document.querySelectorAll("[data-kit]")) {
  look(card);
  card.addEventListener("change", () => look(card));
}
