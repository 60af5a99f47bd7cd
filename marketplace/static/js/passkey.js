/* Passkeys. form[data-passkey]: create (make one), get (sign in), prove (prove oneself again). data-options: where the challenge is
   asked for; the form's action takes the answer. Without this script, or where the browser makes none, the forms stay hidden. */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const letters = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function send(url, body, token) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.title ?? `status ${answer.status}`), { code: said.code, words: said.title });
  return said;
}

const named = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

async function make(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  return answerOf(made, {
    attestationObject: letters(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function sign(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
  const signed = await navigator.credentials.get({ publicKey });
  return answerOf(signed, {
    authenticatorData: letters(signed.response.authenticatorData),
    signature: letters(signed.response.signature),
  });
}

const answerOf = (key, more) => ({
  id: key.id,
  rawId: letters(key.rawId),
  type: key.type,
  response: { clientDataJSON: letters(key.response.clientDataJSON), ...more },
});

async function run(form) {
  const token = form.elements.csrf_token?.value ?? "";
  const options = await send(form.dataset.options, {}, token);
  const answer = await (form.dataset.passkey === "create" ? make(options) : sign(options));
  const said = await send(form.action, { answer, name: form.elements.name?.value, next: form.elements.next?.value }, token);
  if (form.dataset.passkey !== "prove") return location.assign(said.next);
  form.elements.csrf_token.value = said.csrf_token;
  form.action = form.dataset.then;
  form.submit();
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const error = form.querySelector("[data-passkey-error]");
      error.hidden = true;
      try {
        await run(form);
      } catch (wrong) {
        if (wrong.code === "proof_needed" && form.dataset.proof) return location.assign(form.dataset.proof);
        if (wrong.words) error.textContent = wrong.words;
        error.hidden = false;
      }
    });
  }
}
