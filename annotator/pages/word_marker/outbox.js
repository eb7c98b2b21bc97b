// What is not saved yet, kept in this browser: one localStorage key an answer, so that two tabs
// never overwrite each other. An answer leaves only when the server says what became of it.

import { names, read, remove, write } from "./storage.js";

const USUAL = { view: "input_x_gradient", strength: 2, foldedGuidelines: 0, letters: true };
const DRAFT_LIFE_MS = 7 * 24 * 3600 * 1000;
const ASIDE = "whylight-aside:";

/** A key that no other answer has. Pages on plain http have no randomUUID unless they are on loopback. */
export function newKey(source = globalThis.crypto) {
  if (source.randomUUID) return source.randomUUID();
  const bytes = source.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Answers under `<prefix><key>` in `storage`; still held in memory where the browser refuses to store. */
export function openOutbox(storage, prefix, inMemory = new Map()) {
  return {
    /** Says whether the answer would outlive the page. */
    put(answer) {
      inMemory.set(answer.key, answer);
      return write(storage, prefix + answer.key, answer);
    },
    remove(key) {
      inMemory.delete(key);
      remove(storage, prefix + key);
    },
    /** Every unsaved answer, the oldest first: what supersedes must arrive after what it supersedes. */
    answers() {
      const all = new Map(inMemory);
      for (const name of names(storage, prefix)) {
        const answer = read(storage, name);
        if (isOurs(name, prefix, answer)) all.set(answer.key, answer);
      }
      return [...all.values()].sort((a, b) => number(a.at) - number(b.at) || number(a.order) - number(b.order));
    },
    /** Whether a page that is loaded again would find every one of them. */
    isKept() {
      return !storage.forgets && [...inMemory.keys()].every((key) => read(storage, prefix + key)?.key === key);
    },
    /** Write once more what storage has lost since. */
    keepAgain() {
      for (const [key, answer] of inMemory) {
        if (read(storage, prefix + key)?.key !== key) write(storage, prefix + key, answer);
      }
    },
    /** Put away under another name what no server could ever acknowledge; says how many these were. */
    setAside() {
      const odd = names(storage, prefix).filter((name) => !isOurs(name, prefix, read(storage, name)));
      return odd.filter((name) => moveAside(storage, name)).length;
    },
  };
}

/** An entry whose receipt we can know: it lies under its own key. */
const isOurs = (name, prefix, answer) => typeof answer?.key === "string" && name === prefix + answer.key;

const number = (value) => (Number.isFinite(value) ? value : 0);

function moveAside(storage, name) {
  try {
    storage.setItem(ASIDE + name, storage.getItem(name));
  } catch {
    return false; // it stays where it is, and is sent by nobody
  }
  remove(storage, name);
  return true;
}

/** How many answers wait under `all`, but not under `own`: other people's, who were here before. */
export const countOthers = (storage, all, own) => names(storage, all).filter((name) => !name.startsWith(own)).length;

/**
 * Take over what lies under `from`, where people were named by a number that a restored backup may give to another:
 * only what is from after `sinceMs`, when the person who has that number now joined.
 */
export function takeOver(storage, from, to, sinceMs) {
  for (const name of names(storage, from)) {
    const kept = read(storage, name);
    if (kept?.at >= sinceMs && write(storage, to + name.slice(from.length), kept)) remove(storage, name);
  }
}

/** The unfinished marks of sentences, under `<prefix><sentence id>`; in memory what the browser refuses to store. */
export function openDrafts(storage, prefix, now = Date.now(), inMemory = new Map()) {
  for (const name of names(storage, prefix)) {
    if (!(read(storage, name)?.at > now - DRAFT_LIFE_MS)) remove(storage, name);
  }
  return {
    /** Says whether it would outlive the page. */
    save(sentenceId, draft) {
      const name = prefix + sentenceId;
      const dated = { ...draft, at: Date.now() };
      const isKept = write(storage, name, dated);
      if (isKept) inMemory.delete(name);
      else inMemory.set(name, dated);
      return isKept;
    },
    read: (sentenceId) => inMemory.get(prefix + sentenceId) ?? read(storage, prefix + sentenceId),
    remove(sentenceId) {
      inMemory.delete(prefix + sentenceId);
      remove(storage, prefix + sentenceId);
    },
  };
}

/** What the server said of answers that did not go in as they were, under `<prefix><key>`, until it is dismissed. */
export function openNotices(storage, prefix, inMemory = new Map()) {
  const all = () => new Map([...inMemory, ...names(storage, prefix).map((name) => [name, read(storage, name)])]);
  return {
    keep(key, message) {
      if (!write(storage, prefix + key, message)) inMemory.set(prefix + key, message);
    },
    messages: () => [...new Set(all().values())].filter((message) => typeof message === "string"),
    dismiss(message) {
      for (const [name, each] of all()) {
        if (each !== message) continue;
        inMemory.delete(name);
        remove(storage, name);
      }
    },
  };
}

/** How this person wants their screen, under `name`: what is kept, over what is usual. */
export function openPreferences(storage, name, usual = USUAL) {
  let now = { ...usual, ...read(storage, name) };
  return {
    get: () => now,
    save(changes) {
      now = { ...now, ...changes };
      write(storage, name, now);
    },
  };
}
