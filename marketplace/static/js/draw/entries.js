/* entries.csv of a whole country: read where it stands, as bytes; of each entry a few numbers are kept, no text. */
import { hex, same, text, Wrong } from "./bytes.js";
import { growing256, sha256, sha256Into } from "./sha.js";

const FILE = "entries.csv";
const HEADER = text("index,entry_id,pseudonym,weight\n");
const [LINE_END, COMMA, ZERO, NINE] = [10, 44, 48, 57];
const ID = 32;
const PSEUDONYM = 64;
const LINES_AT_ONCE = 1 << 14;
const BYTES_AT_ONCE = 1 << 21;
const IS_HEX = Uint8Array.from({ length: 256 }, (_, c) => Number((c >= ZERO && c <= NINE) || (c >= 97 && c <= 102)));

const ensure = (holds, code, detail) => {
  if (!holds) throw new Wrong(FILE, code, detail);
};
const ascii = (bytes, from, size) => String.fromCharCode(...bytes.subarray(from, from + size));
const nothing = () => {};

/** Whether a is before b. */
const isBefore = (bytes, a, b, size) => {
  for (let i = 0; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return bytes[a + i] < bytes[b + i];
  return false;
};
const isAlike = (bytes, a, b, size) => {
  for (let i = 0; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
};

/* The place behind a whole number of at most ten digits without leading zeros, 0 where there is none; `value` is it. */
let value = 0;
const number = (bytes, from) => {
  let at = from;
  for (value = 0; bytes[at] >= ZERO && bytes[at] <= NINE; at++) value = value * 10 + bytes[at] - ZERO;
  const digits = at - from;
  return digits < 1 || digits > 10 || (bytes[from] === ZERO && digits > 1) ? 0 : at;
};
const hexes = (bytes, from, size) => {
  for (let i = 0; i < size; i++) if (!IS_HEX[bytes[from + i]]) return 0;
  return from + size;
};

/* Which entries are of one person: a table of one entry of each, and rings of all. */
const peopleOf = (bytes, count) => {
  const size = 2 ** Math.ceil(Math.log2(2 * count + 2));
  const table = new Int32Array(size).fill(-1);
  const ring = new Int32Array(count);
  let persons = 0;
  const add = (index, at, idAt) => {
    let mark = 0x811c9dc5;
    for (let i = 0; i < PSEUDONYM; i++) mark = Math.imul(mark ^ bytes[at + i], 0x01000193);
    let slot = (mark ^ (mark >>> 15)) & (size - 1);
    while (table[slot] >= 0 && !isAlike(bytes, idAt[table[slot]] + ID + 1, at, PSEUDONYM)) slot = (slot + 1) & (size - 1);
    const other = table[slot];
    if (other < 0) {
      table[slot] = index;
      ring[index] = index;
      persons += 1;
    } else {
      ring[index] = ring[other];
      ring[other] = index;
    }
  };
  const all = (index) => {
    const found = [index];
    for (let i = ring[index]; i !== index; i = ring[i]) found.push(i);
    return found;
  };
  return { add, all, count: () => persons };
};

/** The root over a row of hashes of 32 bytes, which is used up. */
const folded = async (row, count, breathe) => {
  if (!count) return sha256(new Uint8Array(0));
  // A node without a neighbour goes up as it is: the same tree as RFC 6962's split at powers of two.
  for (let left = count; left > 1; left = Math.ceil(left / 2)) {
    for (let i = 0; i < left; i += 2) {
      if (i + 1 < left) sha256Into(row, 16 * i, 1, row, 32 * i, 32 * i + 64);
      else row.copyWithin(16 * i, 32 * i, 32 * i + 32);
      if (i % LINES_AT_ONCE === 0) await breathe(1 - left / count / 2);
    }
  }
  return row.slice(0, 32);
};

/** The root over leaves. */
export const merkleRoot = (leaves) => {
  const row = new Uint8Array(32 * leaves.length);
  leaves.forEach((leaf, i) => sha256Into(row, 32 * i, 0, leaf, 0, leaf.length));
  return folded(row, leaves.length, nothing);
};

const linesIn = (bytes) => {
  let count = 0;
  for (let at = HEADER.length; at < bytes.length; at++) if (bytes[at] === LINE_END) count += 1;
  return count;
};

const digestOf = async (bytes, breathe) => {
  const digest = growing256();
  const whole = bytes.length - (bytes.length % 64);
  for (let at = 0; at < whole; at += BYTES_AT_ONCE) {
    digest.add(bytes, at, Math.min(whole, at + BYTES_AT_ONCE));
    await breathe(at / whole);
  }
  return digest.end(bytes, whole);
};

/* One line: its form, its index, its order; gives where its end stands. */
const readLine = (bytes, start, i, idAt, weights) => {
  let at = number(bytes, start);
  const isNumbered = at > 0 && value === i && bytes[at] === COMMA;
  const id = at + 1;
  at = isNumbered ? hexes(bytes, id, ID) : 0;
  at = at && bytes[at] === COMMA ? hexes(bytes, at + 1, PSEUDONYM) : 0;
  at = at && bytes[at] === COMMA ? number(bytes, at + 1) : 0;
  ensure(at > 0 && value > 0 && bytes[at] === LINE_END, "line", `line ${i + 2}`);
  ensure(i === 0 || isBefore(bytes, idAt[i - 1], id, ID), "order", `line ${i + 2}`);
  idAt[i] = id;
  weights[i] = value;
  return at;
};

/**
 * The entries, which are those that the manifest tells of: `count`, `weight(i)`, `id(i)`, `pseudonym(i)`, and
 * `ofPerson(i)`, all entries of the same person. `breathe(share)` is awaited now and then. Throws Wrong.
 */
export const readEntries = async (bytes, told, breathe = nothing) => {
  ensure(bytes.length > 0 && bytes.at(-1) === LINE_END, "line", "the last line does not end");
  ensure(same(bytes.subarray(0, HEADER.length), HEADER), "line", "header");
  const count = linesIn(bytes);
  const [idAt, weights, row] = [new Float64Array(count), new Float64Array(count), new Uint8Array(32 * count)];
  const people = peopleOf(bytes, count);
  let weight = 0n;
  for (let i = 0, start = HEADER.length; i < count; i++) {
    const end = readLine(bytes, start, i, idAt, weights);
    sha256Into(row, 32 * i, 0, bytes, start, end);
    people.add(i, idAt[i] + ID + 1, idAt);
    weight += BigInt(weights[i]);
    start = end + 1;
    if (i % LINES_AT_ONCE === 0) await breathe((0.5 * i) / count);
  }
  const root = await folded(row, count, (share) => breathe(0.5 + share * 0.25));
  ensure(hex(root) === told.merkle_root, "root");
  const digest = await digestOf(bytes, (share) => breathe(0.75 + share * 0.25));
  ensure(hex(digest) === told.sha256, "digest");
  ensure(BigInt(count) === told.count, "sum", "count");
  ensure(weight === told.weight, "sum", "weight");
  ensure(BigInt(people.count()) === told.persons, "sum", "persons");
  return {
    count,
    weight: (i) => BigInt(weights[i]),
    id: (i) => ascii(bytes, idAt[i], ID),
    pseudonym: (i) => ascii(bytes, idAt[i] + ID + 1, PSEUDONYM),
    ofPerson: people.all,
  };
};
