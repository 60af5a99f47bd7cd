/* Keeps the pages of planned visits that this browser has shown, for a day, so that one opens again where there is no
   network. It sees the addresses of visits alone. Signing out empties it (Clear-Site-Data), and so does a visit that is
   answered with the way to the sign-in. */
const KEPT = "visits-1";
const LONGEST_MS = 24 * 60 * 60 * 1000;
const LOOSELY = { ignoreSearch: true, ignoreVary: true };
const isVisit = (url) => /\/office\/inspections\/visits\/\d+$/.test(url.pathname);
const isAsset = (url) => url.pathname.startsWith("/static/");

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && isVisit(url)) event.respondWith(visit(event.request, url));
  else if (isAsset(url)) event.respondWith(asset(event.request));
});

async function visit(request, url) {
  const kept = await caches.open(KEPT);
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    const page = await kept.match(request, LOOSELY);
    const isFresh = page && Date.now() - Date.parse(page.headers.get("Date")) < LONGEST_MS;
    return isFresh ? page : Response.error();
  }
  if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) await caches.delete(KEPT);
  else if (answer.ok) await kept.put(url.pathname, answer.clone());
  else await kept.delete(url.pathname, LOOSELY);
  return answer;
}

async function asset(request) {
  const found = await caches.match(request, LOOSELY);
  return found ?? fetch(request);
}
