/* A published draw checked from its three files, by docs/reference/draw.md alone. No network, no clock. */
import { blsProblem } from "./bls.js";
import { canonical, hex, join, lp, parseFile, same, text, u64, unhex, Wrong } from "./bytes.js";
import { isSigned } from "./ed25519.js";
import { readEntries } from "./entries.js";
import { drawn, standingOf } from "./picks.js";
import { sha256 } from "./sha.js";

const MANIFEST = "manifest.json";
const ENTRIES = "entries.csv";
const RESULT = "result.json";
export const FILES = [MANIFEST, ENTRIES, RESULT];
const SCHEME = "festival-draw/v1";
const QUICKNET = "drand-quicknet/v1";
const FIGURES = "figures/v1";
const CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
const KEY = unhex(
  "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  96,
);
const GENESIS = 1692803367n;
const PERIOD = 3n;
const ROLES = ["auditor", "seal_officer"];

/* --- shapes ---------------------------------------------------------------------------------------------------- */

const isText = (x) => typeof x === "string";
const isNumber = (x) => typeof x === "bigint" && x >= 0n;
const isList = Array.isArray;
const isObject = (x) => x instanceof Map;
const isDigest = (x) => unhex(x, 32) !== null;
const isMoment = (x) => isText(x) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(x) && !Number.isNaN(Date.parse(x));
const isUnit = (x) => isList(x) && x.length === 2 && x.every((n) => isNumber(n) && n > 0n);

/* The fields of an object that has these keys, in the result exactly these; the manifest may tell more than rules need. */
const fields = (file, value, tests) => {
  if (!isObject(value)) throw new Wrong(file, "shape", "an object is missing");
  const more = file === MANIFEST ? undefined : [...value.keys()].find((key) => !Object.hasOwn(tests, key));
  const odd = more ?? Object.keys(tests).find((key) => !value.has(key));
  if (odd !== undefined) throw new Wrong(file, "shape", odd);
  const bad = Object.keys(tests).find((key) => !tests[key](value.get(key)));
  if (bad !== undefined) throw new Wrong(file, "shape", bad);
  return Object.fromEntries(value);
};
const ensure = (holds, file, code, detail = "") => {
  if (!holds) throw new Wrong(file, code, detail);
};

/* --- manifest and signatures ----------------------------------------------------------------------------------- */

const ensureSigned = (file, value, signatures, signers, what) => {
  ensure(signatures.length === ROLES.length, file, "shape", "signatures");
  const message = text(canonical(value));
  const bytes = new Map(
    signatures.map((one) => {
      const { role, signature } = fields(file, one, { role: isText, signature: (x) => unhex(x, 64) !== null });
      return [role, unhex(signature, 64)];
    }),
  );
  for (const role of ROLES) {
    const isTrue = bytes.has(role) && isSigned(signers.get(role), message, bytes.get(role));
    ensure(isTrue, file, "signature", `${what}: ${role}`);
  }
};

const readManifest = (bytes) => {
  const whole = fields(MANIFEST, parseFile(MANIFEST, bytes), { draw: isObject, signatures: isList });
  const draw = fields(MANIFEST, whole.draw, {
    format: isText, rules: isText, id: isText, title: isObject, permit: isText, frozen_at: isText,
    entries: isObject, prizes: isList, stages: isList, signers: isList,
  });
  ensure(draw.format === "bazargah-draw/1" && draw.rules === SCHEME, MANIFEST, "scheme", draw.rules);
  const signers = new Map(
    draw.signers.map((one) => {
      const { role, key } = fields(MANIFEST, one, { role: isText, key: isDigest });
      return [role, unhex(key, 32)];
    }),
  );
  const areTwo = draw.signers.length === 2 && ROLES.every((role) => signers.has(role));
  ensure(areTwo && !same(...signers.values()), MANIFEST, "shape", "signers");
  ensureSigned(MANIFEST, whole.draw, whole.signatures, signers, "draw");
  const told = fields(MANIFEST, draw.entries, {
    count: isNumber, weight: isNumber, persons: isNumber, sha256: isDigest, merkle_root: isDigest,
  });
  const units = draw.prizes.flatMap((one) => {
    const { rank, count } = fields(MANIFEST, one, { rank: isNumber, count: isNumber, title: isObject });
    return Array.from({ length: Number(count) }, (_, i) => [rank, BigInt(i + 1)]);
  });
  const stages = draw.stages.map((one) => fields(MANIFEST, one, { at: isMoment, sources: isList }));
  return { id: draw.id, told, units, stages, signers, digest: sha256(text(canonical(whole.draw))) };
};

/* --- randomness ------------------------------------------------------------------------------------------------ */

const quicknet = (named, source, at) => {
  const { chain_hash: chain, round } = fields(MANIFEST, named, { kind: isText, chain_hash: isText, round: isNumber });
  const gave = fields(RESULT, source, {
    kind: isText, round: isNumber, signature: (x) => unhex(x, 48) !== null, randomness: isDigest,
  });
  ensure(chain === CHAIN, MANIFEST, "source", "chain_hash");
  const ofMoment = (BigInt(Date.parse(at) / 1000) - GENESIS) / PERIOD + 1n;
  ensure(round === ofMoment, MANIFEST, "source", `round ${round}, ${at}: ${ofMoment}`);
  ensure(gave.round === round, RESULT, "source", `round ${gave.round}, ${round}`);
  const signature = unhex(gave.signature, 48);
  ensure(hex(sha256(signature)) === gave.randomness, RESULT, "source", "randomness");
  const problem = blsProblem(KEY, sha256(u64(round)), signature);
  ensure(!problem, RESULT, "beacon", problem);
  return join(lp(join(unhex(chain, 32), u64(round))), lp(signature));
};

const figures = (named, source) => {
  const { figures: wanted } = fields(MANIFEST, named, { kind: isText, figures: isList });
  const { typed } = fields(RESULT, source, { kind: isText, typed: (x) => isList(x) && x.length === 2 });
  const [first, second] = typed.map((one) => fields(RESULT, one, { by: isText, figures: isObject }));
  ensure(canonical(first.by) !== canonical(second.by), RESULT, "source", "by");
  ensure(canonical(first.figures) === canonical(second.figures), RESULT, "source", "typed");
  const names = wanted.map((one) => (isObject(one) ? one.get("name") : one));
  ensure(first.figures.size === names.length, RESULT, "source", "figures");
  const told = names.map((name) => {
    const list = first.figures.get(name);
    const areFigures = isList(list) && list.length > 0 && list.every((n) => isNumber(n) && n < 1n << 63n);
    ensure(areFigures, RESULT, "source", name);
    return `${[...list].sort((a, b) => (a < b ? -1 : Number(a > b))).map((n) => `${n}.`).join("")}/`;
  });
  return join(lp(text(FIGURES)), lp(text(told.join(""))));
};

const randomnessOf = ({ at, sources }, number, source) => {
  const named = sources[Number(number)];
  ensure(isObject(named), RESULT, "source", "source_number");
  const kind = named.get("kind");
  ensure(source.get("kind") === kind && [QUICKNET, FIGURES].includes(kind), RESULT, "source", "kind");
  return (kind === QUICKNET ? quicknet : figures)(named, source, at);
};

/* --- stages ---------------------------------------------------------------------------------------------------- */

const readSkips = (value, manifest, stage) => {
  const { told, signatures } = fields(RESULT, value, { told: isObject, signatures: isList });
  ensureSigned(RESULT, told, signatures, manifest.signers, "skips");
  const { draw, stage: place, list } = fields(RESULT, told, { draw: isText, stage: isNumber, list: isList });
  ensure(draw === manifest.id && place === stage, RESULT, "other_draw", "skips");
  const skips = { entry: new Map(), person: new Map() };
  for (const one of list) {
    const isKind = (x) => x === "entry" || x === "person";
    const { kind, id, reason } = fields(RESULT, one, { kind: isKind, id: isText, reason: (x) => isText(x) && x !== "" });
    skips[kind].set(id, reason);
  }
  return skips;
};

const isPart = (units, all) => {
  let at = 0;
  for (const unit of all) if (at < units.length && canonical(units[at]) === canonical(unit)) at += 1;
  return at === units.length;
};

const checkStage = (value, place, manifest, state, tell) => {
  const stage = BigInt(place);
  const whole = fields(RESULT, value, { drawn: isObject, signatures: isList });
  ensureSigned(RESULT, whole.drawn, whole.signatures, manifest.signers, `stage ${place}`);
  const told = fields(RESULT, whole.drawn, {
    stage: isNumber, source_number: isNumber, source: isObject, seed: isDigest, skips: isObject,
    prizes: (x) => isList(x) && x.length > 0 && x.every(isUnit), picks: isList, undrawn: (x) => isList(x) && x.every(isUnit),
  });
  ensure(told.stage === stage, RESULT, "other_draw", `stage ${place}`);
  const skips = readSkips(told.skips, manifest, stage);
  const fits = place ? isPart(told.prizes, state.units) : canonical(told.prizes) === canonical(state.units);
  ensure(fits, RESULT, "prizes", `stage ${place}`);
  const randomness = randomnessOf(manifest.stages[place], told.source_number, told.source);
  tell("beacon", String(told.source.get("round") ?? ""));
  const seed = sha256(
    join(
      text(SCHEME), Uint8Array.of(0), lp(text(manifest.id)), lp(manifest.digest),
      lp(unhex(manifest.told.merkle_root, 32)), u64(manifest.told.count), u64(manifest.told.weight), u64(stage), randomness,
    ),
  );
  ensure(hex(seed) === told.seed, RESULT, "seed", hex(seed));
  tell("seed", told.seed);
  const made = drawn(state.entries, told.prizes, seed, skips);
  made.picks.forEach((pick, i) => {
    const isSame = i < told.picks.length && canonical(pick) === canonical(told.picks[i]);
    ensure(isSame, RESULT, "pick", `stage ${place}, pick ${i}: ${canonical(pick)}`);
  });
  ensure(made.picks.length === told.picks.length, RESULT, "pick", `${told.picks.length}, ${made.picks.length}`);
  ensure(canonical(made.undrawn) === canonical(told.undrawn), RESULT, "undrawn", canonical(made.undrawn));
  state.units = told.prizes;
  tell("picks", String(told.prizes.length - told.undrawn.length));
};

/**
 * Checks everything; `files` holds bytes by name, `tell(step, detail)` hears of each step that holds, `breathe(share)` is
 * awaited now and then while a long list is read. Throws Wrong for the first thing that does not hold.
 */
export const check = async (files, tell, breathe) => {
  const missing = FILES.find((name) => !files[name]);
  ensure(!missing, missing, "missing");
  const manifest = readManifest(files[MANIFEST]);
  tell("manifest", manifest.id);
  const entries = await readEntries(files[ENTRIES], manifest.told, breathe);
  tell("entries", `${entries.count}`);
  const result = fields(RESULT, parseFile(RESULT, files[RESULT]), {
    format: isText, draw: isText, manifest_sha256: isDigest, stages: isList,
  });
  const isOurs = result.draw === manifest.id && result.manifest_sha256 === hex(manifest.digest);
  ensure(result.format === "bazargah-result/1", RESULT, "scheme", result.format);
  ensure(isOurs, RESULT, "other_draw");
  ensure(result.stages.length > 0 && result.stages.length <= manifest.stages.length, RESULT, "stages");
  const state = { entries: standingOf(entries), units: manifest.units };
  result.stages.forEach((value, place) => checkStage(value, place, manifest, state, tell));
};
