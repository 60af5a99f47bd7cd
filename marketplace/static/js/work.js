/* Work instead of a captcha. [data-work] in a form: how many bits of zero SHA-256 of "challenge:work" has to begin with. It is done
   while somebody types, in small pieces; a form that is sent before waits for it. Nothing is asked of anybody else. */
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) >>> 0;
const ROUNDS = primes.map((p) => fraction(Math.cbrt(p)));
const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
const words = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

/* One block of 64 bytes; gives the next state. */
function digest(state, bytes, from) {
  for (let i = 0; i < 16; i++) {
    const at = from + 4 * i;
    words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) | 0);
}

/* The first word of the hash of what begins as `state` says and ends with these bytes, of so many in all. */
function ending(state, bytes, total) {
  const padded = new Uint8Array(bytes.length + 9 > 64 ? 128 : 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, total * 8);
  let found = state;
  for (let from = 0; from < padded.length; from += 64) found = digest(found, padded, from);
  return found[0] >>> 0;
}

async function find(challenge, bits) {
  const encoder = new TextEncoder();
  const head = encoder.encode(`${challenge}:`);
  let state = START;
  const whole = head.length - (head.length % 64);
  for (let from = 0; from < whole; from += 64) state = digest(state, head, from);
  const rest = String.fromCharCode(...head.subarray(whole));
  let until = performance.now() + 20;
  for (let n = 0; ; n++) {
    const answer = String(n);
    if (ending(state, encoder.encode(rest + answer), head.length + answer.length) >>> (32 - bits) === 0) return answer;
    if (n % 64 === 0 && performance.now() > until) {
      await new Promise((go) => setTimeout(go));
      until = performance.now() + 20;
    }
  }
}

for (const box of document.querySelectorAll("[data-work]")) {
  const form = box.closest("form");
  const field = form.elements.namedItem("work");
  const told = box.querySelector("[data-busy]");
  const done = find(form.elements.namedItem("challenge").value, Number(box.dataset.work)).then((answer) => {
    field.value = answer;
  });
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    told.textContent = told.dataset.busy;
    done.then(() => form.requestSubmit(event.submitter));
  });
}
