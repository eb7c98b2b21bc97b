// The marker's exchange with the server: answers go out, sentences come in.

import { isDisconnected, isServerAtWork } from "./connection.js";
import { Delivery, elapsedMs } from "./delivery.js";
import { isTouched } from "./draft.js";
import { openPreferences } from "./outbox.js";
import { savedState } from "./status.js";
import { scopeOf, tab } from "./storage.js";

const LOOK_AGAIN_MS = 30000;
const AWAY_MS = 900; // a connection that is renewed at once is not announced
const CUT_OFF_MS = 30000;
const AT_WORK_MS = 600000;

/** Reload the page if the server answers and `isKept` then still says that nothing would be lost. */
export async function reloadIfServed(isKept) {
  const answer = await fetch(new URL("_stcore/health", document.baseURI)).catch(() => null);
  if (!answer?.ok || !isKept()) return;
  tab().isReloading = true;
  window.location.reload();
}

/** Return a sentence that is here with its reason and suggestion as they are now, or null. The same object, unless one is new. */
function asNow(sentence, { reason, suggestion }) {
  if (!sentence) return null;
  const isSame = sentence.reason === reason && JSON.stringify(sentence.suggestion) === JSON.stringify(suggestion);
  return isSame ? sentence : { ...sentence, reason, suggestion };
}

export class Exchange extends Delivery {
  constructor() {
    super();
    this.preferences = null;
    this.awaySinceMs = null; // since when the page has had no connection to the server
    this.isWaiting = false; // whether the last message has had no reply yet
    this.asked = 0; // how many messages have been sent
    this.sent = 0; // how many answers have been given on this page
    this.held = []; // sentences that are not answered yet, the next one first
    this.known = new Map(); // them, by id, with those that the server sent last
    this.shown = null; // the first of them, once the person has seen it
    this.lacks = false; // whether the queue has a sentence that is neither here nor was sent
    this.hasLeftOver = false; // whether answers from before this page are unsaved, which it does not yet list as earlier ones
    this.neighboursOf = null; // the key of the answer whose neighbours are asked for, and on which side
  }

  /** Take what the server sends. Return whether it is for a different person. */
  update(data, send) {
    const before = this.data;
    this.isWaiting = false;
    const isNewPerson = super.update(data, send);
    const { beside: askedFor } = data;
    if (askedFor && askedFor.key === this.neighboursOf?.key && askedFor.later === this.neighboursOf.later) {
      this.neighboursOf = null;
    }
    this.takeQueue();
    if (this.lacks || (before?.boot !== data.boot && this.unsaved().length)) this.sync();
    return isNewPerson;
  }

  begin(storage) {
    super.begin(storage);
    this.known = new Map();
    this.preferences = openPreferences(storage, scopeOf(this.data).preferences);
    this.asked = 0;
    this.sent = 0;
    this.held = [];
    this.shown = null;
    this.hasLeftOver = this.unsaved().length > 0;
    this.neighboursOf = null;
  }

  /** Replace the sentences after the one on the page, which stays: the person is never moved to another one unasked. */
  takeQueue() {
    const taken = new Set(this.unsaved().map(({ sentence_id }) => sentence_id));
    if (this.shown) taken.add(this.shown.sentence_id);
    this.withdrawSuggestion();
    const next = this.wholeQueue().filter(({ sentence_id }) => !taken.has(sentence_id));
    this.held = this.shown ? [this.shown, ...next] : this.startedFirst(next);
  }

  /** Show no suggestion for the sentence on the page, if a round has drawn it by chance since it came here. */
  withdrawSuggestion() {
    const now = this.data.queue.find(({ sentence_id }) => sentence_id === this.shown?.sentence_id);
    if (now && !now.suggestion) delete this.shown.suggestion;
  }

  /**
   * Return the queue with every sentence as a whole: the server does not send again what this page has said that it
   * has. What neither has sent nor this page still has is asked for, and is not in the queue until then.
   */
  wholeQueue() {
    const whole = this.data.queue.map((each) => (each.tokens ? each : asNow(this.known.get(each.sentence_id), each)));
    this.known = new Map([...whole, ...this.held].filter(Boolean).map((each) => [each.sentence_id, each]));
    this.lacks = whole.includes(null);
    return whole.filter(Boolean);
  }

  /** Put the sentence first that the person has just chosen, or was working on before a reload. */
  startedFirst(queue) {
    const picked = queue.find(({ sentence_id }) => sentence_id === this.data.picked);
    if (picked) return [picked, ...queue.filter((sentence) => sentence !== picked)];
    const started = queue
      .map((sentence) => ({ sentence, draft: this.drafts.read(sentence.sentence_id) }))
      .filter(({ draft }) => isTouched(draft))
      .sort((a, b) => b.draft.at - a.draft.at)[0]?.sentence;
    return started ? [started, ...queue.filter((sentence) => sentence !== started)] : queue;
  }

  /** Return whether this person has answered the sentence shown here on another page. */
  wasAnsweredElsewhere() {
    return this.shown !== null && this.data.answered_elsewhere.includes(this.shown.sentence_id);
  }

  /** Leave the sentence on the page for good. */
  drop() {
    this.held = this.held.filter((sentence) => sentence !== this.shown);
    this.shown = null;
  }

  /** Return the sentence to answer next, or null. */
  next() {
    this.shown ??= this.held[0] ?? null;
    return this.shown;
  }

  /** Keep an answer until it is saved; a `correction` replaces an earlier answer. */
  put(answer, correction) {
    this.drafts.remove(answer.sentence_id); // first, because in a full storage that makes room
    const after = (this.unsaved().at(-1)?.at ?? 0) + 1; // the order must hold although a clock may be set back
    const isKept = this.outbox.put({ ...answer, at: Math.max(Date.now(), after), order: ++this.sent, correction });
    if (!isKept) this.warn();
    if (correction) return;
    this.held.shift();
    this.shown = null;
  }

  sync() {
    this.isWaiting = true;
    const holding = this.held.map(({ sentence_id }) => sentence_id);
    const has = this.held.map(({ sentence_id, round }) => [sentence_id, round]);
    const wantsNewest = this.hasLeftOver && !this.sent;
    this.post({ holding, has, beside: this.neighboursOf, anew: wantsNewest, number: ++this.asked });
    this.hasLeftOver &&= this.unsaved().length > 0;
  }

  /** Ask for this person's answers before, or `later` than, the one with this key. */
  askForNeighbours({ key, later }) {
    this.neighboursOf = { key, later };
    this.sync();
  }

  /** Called at every tick: send again what is unsaved, and ask for sentences if there are none. */
  tick() {
    this.awaySinceMs = isDisconnected() ? this.awaySinceMs ?? elapsedMs() : null;
    const isUnsaved = this.unsaved().length > 0;
    if (isUnsaved) this.outbox.restoreLost();
    const isDue = isUnsaved ? this.mustResend() : !this.held.length && this.sinceSyncMs() >= LOOK_AGAIN_MS;
    if (isDue) this.sync();
  }

  /**
   * Return whether the server has not replied for a long time: a connection that was renewed while the page was
   * asleep may belong to no session, which a reload repairs. A server that is at work has our message and will reply.
   */
  isCutOff() {
    if (this.unansweredSinceMs === null || !this.unsaved().length) return false;
    return elapsedMs() - this.unansweredSinceMs > (isServerAtWork() ? AT_WORK_MS : CUT_OFF_MS);
  }

  /** Wait for the server as long again before the page counts as cut off. */
  waitAgain() {
    this.unansweredSinceMs = elapsedMs();
  }

  saved() {
    const unsaved = this.unsaved();
    const sinceMs = this.waitingSinceMs(unsaved);
    const nowMs = elapsedMs();
    const isAway = this.awaySinceMs !== null && nowMs - this.awaySinceMs >= AWAY_MS;
    return savedState(unsaved, { trouble: this.data.trouble, sinceMs, nowMs, isAway, isKept: this.isKept() });
  }
}
