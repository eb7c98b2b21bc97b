// What is not saved yet, kept in this browser: one localStorage key per answer, so that two tabs never
// overwrite each other. An answer is removed only when the server has sent its receipt.

import { readStored, removeStored, storedNames, writeStored } from "./storage.js";

const DEFAULTS = { view: null, strength: 2, foldedGuidelines: 0, letters: true, mostUsedFirst: false, used: {}, tour: 0 };
const DRAFT_LIFE_MS = 7 * 24 * 3600 * 1000;
const SET_ASIDE = "whylight-aside:";

/** Return a key that no other answer has. Pages on plain http have no randomUUID except on loopback. */
export function newKey(source = globalThis.crypto) {
  if (source.randomUUID) return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Return the answers under `<prefix><key>` in `storage`; those that the browser does not store are held in memory. */
export function openOutbox(storage, prefix, inMemory = new Map()) {
  return {
    /** Keep an answer. Return whether it would outlive the page. */
    put(answer) {
      inMemory.set(answer.key, answer);
      return writeStored(storage, prefix + answer.key, answer);
    },
    remove(key) {
      inMemory.delete(key);
      removeStored(storage, prefix + key);
    },
    /** Return every unsaved answer, the oldest first: a correction must arrive after the answer that it replaces. */
    answers() {
      const all = new Map(inMemory);
      for (const name of storedNames(storage, prefix)) {
        const answer = readStored(storage, name);
        if (isOurs(name, prefix, answer)) all.set(answer.key, answer);
      }
      return [...all.values()].sort((a, b) => number(a.at) - number(b.at) || number(a.order) - number(b.order));
    },
    /** Return whether the page would find all of them after a reload. */
    isKept() {
      return !storage.forgets && [...inMemory.keys()].every((key) => readStored(storage, prefix + key)?.key === key);
    },
    /** Write answers again that storage has lost. */
    restoreLost() {
      for (const [key, answer] of inMemory) {
        if (readStored(storage, prefix + key)?.key !== key) writeStored(storage, prefix + key, answer);
      }
    },
    /** Move entries that no server could acknowledge to another name. Return how many there were. */
    setAside() {
      const foreign = storedNames(storage, prefix).filter((name) => !isOurs(name, prefix, readStored(storage, name)));
      return foreign.filter((name) => moveAside(storage, name)).length;
    },
  };
}

/** Return whether a receipt can name an entry: it is stored under its own key. */
const isOurs = (name, prefix, answer) => typeof answer?.key === "string" && name === prefix + answer.key;

const number = (value) => (Number.isFinite(value) ? value : 0);

function moveAside(storage, name) {
  try {
    storage.setItem(SET_ASIDE + name, storage.getItem(name));
  } catch {
    return false; // it stays where it is and is never sent
  }
  removeStored(storage, name);
  return true;
}

/** Return how many answers wait under `all` but not under `own`: those of other people. */
export const countOthers = (storage, all, own) => storedNames(storage, all).filter((name) => !name.startsWith(own)).length;

/**
 * Move what is stored under `from` to `to`. People used to be named by a number there, which a restored backup may
 * assign to another person, so only what was stored since `sinceMs`, when its present owner joined, is moved.
 */
export function takeOver(storage, from, to, sinceMs) {
  for (const name of storedNames(storage, from)) {
    const kept = readStored(storage, name);
    if (kept?.at >= sinceMs && writeStored(storage, to + name.slice(from.length), kept)) removeStored(storage, name);
  }
}

/** Return the drafts under `<prefix><sentence id>`; those that the browser does not store are held in memory. */
export function openDrafts(storage, prefix, now = Date.now(), inMemory = new Map()) {
  for (const name of storedNames(storage, prefix)) {
    if (!(readStored(storage, name)?.at > now - DRAFT_LIFE_MS)) removeStored(storage, name);
  }
  return {
    /** Keep a draft. Return whether it would outlive the page. */
    save(sentenceId, draft) {
      const name = prefix + sentenceId;
      const dated = { ...draft, at: Date.now() };
      const isKept = writeStored(storage, name, dated);
      if (isKept) inMemory.delete(name);
      else inMemory.set(name, dated);
      return isKept;
    },
    read: (sentenceId) => inMemory.get(prefix + sentenceId) ?? readStored(storage, prefix + sentenceId),
    remove(sentenceId) {
      inMemory.delete(prefix + sentenceId);
      removeStored(storage, prefix + sentenceId);
    },
  };
}

/** Return the notices about answers that were not simply saved, under `<prefix><key>`, until they are dismissed. */
export function openNotices(storage, prefix, inMemory = new Map()) {
  const all = () => new Map([...inMemory, ...storedNames(storage, prefix).map((name) => [name, readStored(storage, name)])]);
  return {
    keep(key, message) {
      if (!writeStored(storage, prefix + key, message)) inMemory.set(prefix + key, message);
    },
    messages: () => [...new Set(all().values())].filter((message) => typeof message === "string"),
    dismiss(message) {
      for (const [name, each] of all()) {
        if (each !== message) continue;
        inMemory.delete(name);
        removeStored(storage, name);
      }
    },
  };
}

/** Return how this person wants the page to look, stored under `name`: their choices over the defaults. */
export function openPreferences(storage, name, defaults = DEFAULTS) {
  let current = { ...defaults, ...readStored(storage, name) };
  return {
    get: () => current,
    save(changes) {
      current = { ...current, ...changes };
      writeStored(storage, name, current);
    },
  };
}
