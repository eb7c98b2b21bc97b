// What is not saved yet, kept in this browser: one localStorage key an answer, so that two tabs
// never overwrite each other. An answer leaves only when the server says what became of it.

const USUAL = { view: "input_x_gradient", strength: 2, foldedGuidelines: 0, letters: true };
const DRAFT_LIFE_MS = 7 * 24 * 3600 * 1000;

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
        if (answer?.key) all.set(answer.key, answer);
      }
      return [...all.values()].sort((a, b) => a.at - b.at || a.order - b.order);
    },
  };
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

/** The unfinished marks of sentences, under `<prefix><sentence id>`. */
export function openDrafts(storage, prefix, now = Date.now()) {
  for (const name of names(storage, prefix)) {
    if (!(read(storage, name)?.at > now - DRAFT_LIFE_MS)) remove(storage, name);
  }
  return {
    save: (sentenceId, draft) => write(storage, prefix + sentenceId, { ...draft, at: Date.now() }),
    read: (sentenceId) => read(storage, prefix + sentenceId),
    remove: (sentenceId) => remove(storage, prefix + sentenceId),
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

function names(storage, prefix) {
  try {
    return Object.keys(storage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

function write(storage, name, value) {
  try {
    storage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function remove(storage, name) {
  try {
    storage.removeItem(name);
  } catch {
    // A browser that refuses to store has nothing to remove.
  }
}
