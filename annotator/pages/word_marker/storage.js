// Where this browser keeps things, and whether it really does: a browser may forbid storage, refuse
// when it is full, be told to clear it, or take what it is given and forget it without a word.

const PROBE = "whylight-probe";

/** Stands in where storage is forbidden: holds things while the page lives, and says that it keeps nothing. */
export class Forgetful {
  getItem(name) { return Object.hasOwn(this, name) ? this[name] : null; }
  setItem(name, value) { this[name] = value; }
  removeItem(name) { delete this[name]; }
}
Object.defineProperty(Forgetful.prototype, "forgets", { value: true });

/** What this tab holds for all our components: each comes as a module of its own. */
export function tab() {
  return (globalThis[Symbol.for("whylight")] ??= {
    memories: new Map(), forgetful: new Forgetful(), latest: null, isReloading: false, isWatching: false,
  });
}

/** What storage does not keep outlives at least the component that made it, under this prefix. */
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

/** The one place that says whose things lie under which names. */
export const scopeOf = ({ project, person }) => ({
  everybodys: `whylight:${project}:`,
  answers: `whylight:${project}:${person}:`,
  drafts: `whylight-draft:${project}:${person}:`,
  told: `whylight-told:${project}:${person}:`,
  preferences: `whylight-preferences:${project}:${person}`,
});

/** Whether a page that is loaded again would find what is put here now. */
export function keepsThings(storage) {
  const keeps = write(storage, PROBE, { at: Date.now() });
  remove(storage, PROBE);
  return keeps;
}

export function names(storage, prefix) {
  try {
    return Object.keys(storage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

export function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name));
  } catch {
    return null;
  }
}

/** Says whether it has been read back from where it outlives the page. */
export function write(storage, name, value) {
  const text = JSON.stringify(value);
  try {
    storage.setItem(name, text);
    return !storage.forgets && storage.getItem(name) === text;
  } catch {
    return false;
  }
}

export function remove(storage, name) {
  try {
    storage.removeItem(name);
  } catch {
    // A browser that refuses to store has nothing to remove.
  }
}
