/* A file on its way: looks again until it is over. Without this a link does the same. */
const look = async () => {
  const box = document.querySelector("[data-look-again]");
  if (!box) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector('[data-part="import"]');
    if (fresh) {
      box.replaceWith(fresh);
      const pill = page.querySelector(".order-head .pill");
      if (pill) document.querySelector(".order-head .pill")?.replaceWith(pill);
    }
  } catch {
    /* the network is away; the next look may find it */
  }
  setTimeout(look, 2000);
};
setTimeout(look, 1500);
