/* The third verifier: the code of the page /draws/<slug>/verify, run by Node over folders of published files.

   node --no-warnings tests/verifiers/verify.mjs FOLDER...

   One line of JSON a folder: {"folder", "steps", "wrong": null | {"file", "code", "detail"}, "doubts"}. `doubts` names every
   primitive about which Node's own crypto is of another opinion; `--vectors` prints the vectors of docs/reference/draw.md. */
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const code = new URL("../../marketplace/static/js/draw/", import.meta.url);
const { check, FILES } = await import(new URL("check.js", code));
const { merkleRoot } = await import(new URL("entries.js", code));
const { canonical, hex, parseFile, unhex } = await import(new URL("bytes.js", code));
const { isSigned } = await import(new URL("ed25519.js", code));
const { stream } = await import(new URL("picks.js", code));
const { sha256, sha512 } = await import(new URL("sha.js", code));

/* SHA-512 is for signatures alone, of small things, and is slow: no reason to put a list of 100 MB through it. */
const SIGNED_AT_MOST = 1 << 14;

const read = (folder, name) => {
  try {
    return new Uint8Array(readFileSync(join(folder, name)));
  } catch {
    return undefined;
  }
};

/* The objects under a name; none where a flipped byte made something else of it, which `check` has to say. */
const listed = (of, name) => {
  const found = of instanceof Map ? of.get(name) : undefined;
  return Array.isArray(found) ? found.filter((one) => one instanceof Map) : [];
};

/* Node's opinion of the hashes and of the manifest's signatures. */
const doubts = (files) => {
  const found = [];
  for (const bytes of Object.values(files).filter(Boolean)) {
    if (hex(sha256(bytes)) !== createHash("sha256").update(bytes).digest("hex")) found.push("sha256");
    const part = bytes.subarray(0, SIGNED_AT_MOST);
    if (hex(sha512(part)) !== createHash("sha512").update(part).digest("hex")) found.push("sha512");
  }
  let manifest;
  try {
    manifest = parseFile(FILES[0], files[FILES[0]]);
  } catch {
    return found;
  }
  const draw = manifest.get("draw");
  const keys = new Map(listed(draw, "signers").map((one) => [one.get("role"), one.get("key")]));
  const message = new TextEncoder().encode(canonical(draw ?? null));
  for (const one of listed(manifest, "signatures")) {
    const x = unhex(keys.get(one.get("role")) ?? "", 32);
    const signature = unhex(one.get("signature") ?? "", 64);
    if (!x || !signature) continue;
    const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(x).toString("base64url") };
    const told = verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
    if (told !== isSigned(x, message, signature)) found.push(`ed25519 ${one.get("role")}`);
  }
  return found;
};

const judged = async (folder) => {
  const files = Object.fromEntries(FILES.map((name) => [name, read(folder, name)]));
  const steps = [];
  let wrong = null;
  try {
    await check(files, (step) => steps.push(step));
  } catch (problem) {
    if (!problem.code) throw problem;
    wrong = { file: problem.file, code: problem.code, detail: problem.detail };
  }
  return { folder, steps, wrong, doubts: doubts(files) };
};

const vectors = async () => {
  const below = stream(sha256(new TextEncoder().encode("reject")));
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const root = async (count) => hex(await merkleRoot(leaves.slice(0, count).map((leaf) => unhex(leaf, leaf.length / 2))));
  return { below: Array.from({ length: 8 }, () => String(below(2n ** 63n + 1n))), roots: [await root(5), await root(8)] };
};

const [first] = process.argv.slice(2);
if (first === "--vectors") console.log(JSON.stringify(await vectors()));
else for (const folder of process.argv.slice(2)) console.log(JSON.stringify(await judged(folder)));
