// The text of the line at the top: the progress, and what is saved.

const PATIENCE_MS = 5000;
const AWAY = "the server is not responding";

/** Return how many sentences are answered, including answers on their way, and the total. */
export function progressOf({ answered, open }, unsaved) {
  const onTheirWay = unsaved.filter(({ kind, correction }) => kind === "answer" && !correction);
  const all = answered + open;
  const done = Math.min(answered + new Set(onTheirWay.map(({ sentence_id }) => sentence_id)).size, all);
  return { done, all, share: all ? done / all : 0 };
}

/**
 * Return the saved state in a few words; `isAway` is whether the page has lost its connection, `sinceMs` is when the browser began to wait for the server, and `isKept`
 * whether a reload would find all that is unsaved.
 */
export function savedState(unsaved, { trouble, sinceMs, nowMs, isAway = false, isKept = true }) {
  if (!unsaved.length) return isAway ? { state: "trouble", stateText: `All saved; ${AWAY}, trying again` } : { state: "saved", stateText: "All saved" };
  const isSilent = isAway || nowMs - sinceMs > PATIENCE_MS;
  const why = (trouble || (isSilent ? AWAY : "")).replace(/\.$/, "");
  if (!isKept) {
    const because = why && `: ${why}`;
    return { state: "trouble", stateText: `Not saved (${unsaved.length})${because}, and this browser stores nothing: stay on this page` };
  }
  if (!why) return { state: "saving", stateText: `Saving ${unsaved.length}` };
  const number = unsaved.length > 1 ? ` (${unsaved.length})` : "";
  return { state: "trouble", stateText: `Not saved${number}: ${why}, trying again` };
}
