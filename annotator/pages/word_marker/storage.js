// Where this browser keeps things, and whether it really does: a browser may forbid storage, refuse when
// it is full, clear it on request, or accept a value and lose it without an error.

const PROBE = "whylight-probe";

/** Replaces a forbidden storage: it holds things while the page is open, and reports that it keeps nothing. */
export class Forgetful {
  getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; }
  setItem(name, value) { this[name] = value; }
  removeItem(name) { delete this[name]; }
}
Object.defineProperty(Forgetful.prototype, "forgets", { value: true });

/** Return what this tab holds for all our components, each of which is mounted as a separate script. */
export function tab() {
  return (globalThis[Symbol.for("whylight")] ??= {
    memories: new Map(), forgetful: new Forgetful(), latest: null, isReloading: false, isWatching: false,
  });
}

/** Return the memory for this prefix: what storage refuses is kept there even after the component is removed. */
export function memoryOf(prefix) {
  const { memories } = tab();
  if (!memories.has(prefix)) memories.set(prefix, new Map());
  return memories.get(prefix);
}

export function storageOfBrowser() {
  try {
    return window.localStorage ?? tab().forgetful;
  } catch {
    return tab().forgetful;
  }
}

/** Return the prefixes under which a person's things are stored; they are defined only here. */
export const scopeOf = ({ project, person }) => ({
  everyone: `whylight:${project}:`,
  answers: `whylight:${project}:${person}:`,
  drafts: `whylight-draft:${project}:${person}:`,
  notices: `whylight-told:${project}:${person}:`,
  preferences: `whylight-preferences:${project}:${person}`,
});

/** Return whether a page would find what is stored now after a reload. */
export function keepsThings(storage) {
  const keeps = writeStored(storage, PROBE, { at: Date.now() });
  removeStored(storage, PROBE);
  return keeps;
}

export function storedNames(storage, prefix) {
  try {
    return Object.keys(storage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

export function readStored(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

/** Store a value. Return whether it was read back from a place that outlives the page. */
export function writeStored(storage, name, value) {
  const text = JSON.stringify(value);
  try {
    storage.setItem(name, text);
    return !storage.forgets && storage.getItem(name) === text;
  } catch {
    return false;
  }
}

export function removeStored(storage, name) {
  try {
    storage.removeItem(name);
  } catch {
    // A browser that stores nothing has nothing to remove.
  }
}
