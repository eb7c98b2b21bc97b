// What the line at the top says: how far one is, and the truth about what is saved.

const PATIENCE_MS = 5000;

/** How many sentences are answered of how many, with the answers that are still on their way. */
export function progressOf({ answered, open }, unsaved) {
  const onTheWay = unsaved.filter(({ kind, correction }) => kind === "answer" && !correction);
  const all = answered + open;
  const done = Math.min(answered + new Set(onTheWay.map(({ sentence_id }) => sentence_id)).size, all);
  return { done, all, share: all ? done / all : 0 };
}

/**
 * The saved state in few words; `sinceMs` is when the browser began to wait for the server, and `isKept`
 * whether it could put all that is unsaved where a reload finds it.
 */
export function savedState(unsaved, { trouble, sinceMs, nowMs, isKept = true }) {
  if (!unsaved.length) return { state: "saved", stateText: "All saved" };
  const why = (trouble || (nowMs - sinceMs > PATIENCE_MS ? "the server does not answer" : "")).replace(/\.$/, "");
  if (!isKept) {
    const because = why && `: ${why}`;
    return { state: "trouble", stateText: `Not saved (${unsaved.length})${because}, and this browser keeps nothing: stay on this page` };
  }
  if (!why) return { state: "saving", stateText: `Saving ${unsaved.length}` };
  const number = unsaved.length > 1 ? ` (${unsaved.length})` : "";
  return { state: "trouble", stateText: `Not saved${number}: ${why}, trying again` };
}
