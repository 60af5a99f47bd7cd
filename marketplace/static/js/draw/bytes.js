/* Bytes, numbers and the strict JSON of published files. Whole numbers are BigInt everywhere. */

/** The first thing that is wrong: file, code (the page has a sentence for it), detail for experts. */
export class Wrong extends Error {
  constructor(file, code, detail = "") {
    super(`${file}: ${code}${detail ? ` (${detail})` : ""}`);
    Object.assign(this, { file, code, detail });
  }
}

const utf8 = new TextEncoder();
export const text = (value) => utf8.encode(value);
export const join = (...parts) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
/** Bytes of lower-case hex of exactly that many bytes, null for anything else. */
export const unhex = (value, size) =>
  typeof value === "string" && value.length === 2 * size && /^[0-9a-f]*$/.test(value)
    ? Uint8Array.from({ length: size }, (_, i) => parseInt(value.slice(2 * i, 2 * i + 2), 16))
    : null;
export const u64 = (n) => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
};
export const lp = (bytes) => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return join(length, bytes);
};
export const bigEndian = (bytes) => BigInt(`0x0${hex(bytes)}`);
export const littleEndian = (bytes) => bigEndian(Uint8Array.from(bytes).reverse());

const ESCAPES = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const quoted = (value) =>
  // eslint-disable-next-line no-control-regex
  `"${value.replace(/["\\\u0000-\u001f]/g, (c) => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
const byCodePoint = (a, b) => {
  const x = Array.from(a, (c) => c.codePointAt(0));
  const y = Array.from(b, (c) => c.codePointAt(0));
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] - y[i];
  return x.length - y.length;
};

/** The one text of a value: null, boolean, BigInt, string, array, Map. */
export const canonical = (value) => {
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const keys = [...value.keys()].sort(byCodePoint);
  return `{${keys.map((key) => `${quoted(key)}:${canonical(value.get(key))}`).join(",")}}`;
};

class Reader {
  constructor(source) {
    this.source = source;
    this.at = 0;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (!match) throw new SyntaxError(`character ${this.at}`);
    this.at = pattern.lastIndex;
    return match[0];
  }

  list(close, one) {
    this.at += 1;
    if (this.source[this.at] === close) this.at += 1;
    else {
      do one(); while (this.take(close === "]" ? /[,\]]/y : /[,}]/y) === ",");
    }
  }

  string() {
    // eslint-disable-next-line no-control-regex
    return JSON.parse(this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\bfnrt]|u00[01][0-9a-f]))*"/y));
  }

  value() {
    const next = this.source[this.at];
    if (next === "{") {
      const found = new Map();
      this.list("}", () => {
        const key = this.string();
        if (found.has(key)) throw new SyntaxError(`the key ${key} stands twice`);
        this.take(/:/y);
        found.set(key, this.value());
      });
      return found;
    }
    if (next === "[") {
      const found = [];
      this.list("]", () => found.push(this.value()));
      return found;
    }
    if (next === '"') return this.string();
    const word = this.take(/true|false|null|-?(?:0|[1-9][0-9]*)/y);
    return word === "null" ? null : word === "true" || word === "false" ? word === "true" : BigInt(word);
  }
}

/** The value of a published JSON file. Throws Wrong for every other form of it. */
export const parseFile = (file, bytes) => {
  let value;
  try {
    const source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const reader = new Reader(source);
    value = reader.value();
  } catch (problem) {
    throw new Wrong(file, "not_json", problem.message);
  }
  if (!same(text(`${canonical(value)}\n`), bytes)) throw new Wrong(file, "not_canonical");
  return value;
};
