/* The picks: tickets drawn without replacement, persons taken out whole. */
import { join, u64 } from "./bytes.js";
import { sha256 } from "./sha.js";

const ALL = 1n << 64n;

/** Numbers below a bound, each equally likely, out of one seed. */
export const stream = (seed) => {
  let words = [];
  let counter = 0;
  const next = () => {
    if (!words.length) {
      const view = new DataView(sha256(join(seed, u64(counter))).buffer);
      words = [0, 8, 16, 24].map((at) => view.getBigUint64(at));
      counter += 1;
    }
    return words.shift();
  };
  return (bound) => {
    let word = next();
    while (word >= ALL - (ALL % bound)) word = next();
    return word % bound;
  };
};

/** The entries still in, as a tree of sums that finds the holder of a ticket. They fall for good. */
export const standingOf = (entries) => {
  const sums = new BigInt64Array(entries.count + 1);
  const isOut = new Uint8Array(entries.count);
  let left = 0n;
  for (let i = 0, place = 1; i < entries.count; i++, place++) {
    const weight = entries.weight(i);
    left += weight;
    sums[place] += weight;
    const above = place + (place & -place);
    if (above < sums.length) sums[above] += sums[place];
  }
  return {
    id: entries.id,
    pseudonym: entries.pseudonym,
    ofPerson: entries.ofPerson,
    left: () => left,
    holder: (ticket) => {
      let [found, rest] = [0, ticket];
      for (let step = 1 << 30; step; step >>= 1) {
        if (found + step < sums.length && sums[found + step] <= rest) {
          found += step;
          rest -= sums[found];
        }
      }
      return found;
    },
    take: (index) => {
      if (isOut[index]) return;
      isOut[index] = 1;
      const weight = entries.weight(index);
      left -= weight;
      for (let at = index + 1; at < sums.length; at += at & -at) sums[at] -= weight;
    },
  };
};

/** Picks and undrawn units of one stage, as they must stand in the result. */
export const drawn = (standing, units, seed, skips) => {
  const below = stream(seed);
  const picks = [];
  for (const [place, unit] of units.entries()) {
    for (let isWon = false; !isWon; ) {
      const of = standing.left();
      if (of === 0n) return { picks, undrawn: units.slice(place) };
      const ticket = below(of);
      const index = standing.holder(ticket);
      const [id, pseudonym] = [standing.id(index), standing.pseudonym(index)];
      const ofPerson = skips.person.get(pseudonym);
      const skipped = skips.entry.get(id) ?? ofPerson ?? null;
      const pick = { prize: unit, ticket, of, index: BigInt(index), entry_id: id, pseudonym, skipped };
      picks.push(new Map(Object.entries(pick)));
      isWon = skipped === null;
      const falls = isWon || ofPerson !== undefined ? standing.ofPerson(index) : [index];
      falls.forEach(standing.take);
    }
  }
  return { picks, undrawn: [] };
};
