// The text of the line at the top: the progress, and what is saved.

const PATIENCE_MS = 5000;

/** Return how many sentences are answered, including answers on their way, and the total. */
export function progressOf({ answered, open }, unsaved) {
  const onTheirWay = unsaved.filter(({ kind, correction }) => kind === "answer" && !correction);
  const all = answered + open;
  const done = Math.min(answered + new Set(onTheirWay.map(({ sentence_id }) => sentence_id)).size, all);
  return { done, all, share: all ? done / all : 0 };
}

/**
 * Return the saved state in a few words; `sinceMs` is when the browser began to wait for the server, and `isKept`
 * whether a reload would find all that is unsaved.
 */
export function savedState(unsaved, { trouble, sinceMs, nowMs, isKept = true }) {
  if (!unsaved.length) return { state: "saved", stateText: "All saved" };
  const why = (trouble || (nowMs - sinceMs > PATIENCE_MS ? "the server is not responding" : "")).replace(/\.$/, "");
  if (!isKept) {
    const because = why && `: ${why}`;
    return { state: "trouble", stateText: `Not saved (${unsaved.length})${because}, and this browser stores nothing: stay on this page` };
  }
  if (!why) return { state: "saving", stateText: `Saving ${unsaved.length}` };
  const number = unsaved.length > 1 ? ` (${unsaved.length})` : "";
  return { state: "trouble", stateText: `Not saved${number}: ${why}, trying again` };
}
