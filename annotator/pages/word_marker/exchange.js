// What the browser and the server owe each other while somebody marks: answers one way, sentences the other.

import { scopeOf, tab } from "./storage.js";
import { openPreferences } from "./outbox.js";
import { isTouched } from "./draft.js";
import { savedState } from "./status.js";
import { Delivery, elapsedMs, RESEND_MS } from "./delivery.js";

const LOOK_AGAIN_MS = 30000;
const DEAF_MS = 30000;
const AT_WORK_MS = 600000;

/** Load the page again if the server is there, and if what is unsaved and what is begun would be found again even now. */
export async function reloadIfServed(isKept) {
  const answer = await fetch(new URL("_stcore/health", document.baseURI)).catch(() => null);
  if (!answer?.ok || !isKept()) return;
  tab().isReloading = true;
  window.location.reload();
}

/** Whether Streamlit says that the server is at work for this page: it may be waiting for its turn to write. */
function isServerAtWork() {
  const { testConnectionState, testScriptState } = document.querySelector('[data-testid="stApp"]')?.dataset ?? {};
  return testConnectionState === "CONNECTED" && testScriptState === "running";
}

export class Exchange extends Delivery {
  /** Take what the server says. Gives whether somebody else is here now. */
  take(data, send) {
    const before = this.data;
    this.waiting = false;
    const isSomebodyElse = this.hear(data, send);
    if (data.beside && data.beside.key === this.beside?.key && data.beside.later === this.beside.later) this.beside = null;
    this.takeQueue();
    if (before?.boot !== data.boot && this.unsaved().length) this.sync();
    return isSomebodyElse;
  }

  begin(storage) {
    super.begin(storage);
    this.preferences = openPreferences(storage, scopeOf(this.data).preferences);
    this.asked = 0; // how many messages have been sent
    this.sent = 0;
    this.held = []; // sentences not answered yet, the one whose turn it is first
    this.shown = null; // the first of them, once the person has seen it
    this.hasLeftOver = this.unsaved().length > 0; // answers from before this page, which it does not know as earlier ones
    this.beside = null; // which of the person's answers are asked for: those next to the one with this key
  }

  /** Never move the person on unasked: the sentence on the page stays, those behind it are replaced. */
  takeQueue() {
    const taken = new Set(this.unsaved().map(({ sentence_id }) => sentence_id));
    if (this.shown) taken.add(this.shown.sentence_id);
    const next = this.data.queue.filter(({ sentence_id }) => !taken.has(sentence_id));
    this.held = this.shown ? [this.shown, ...next] : this.begunFirst(next);
  }

  /** After a reload the sentence comes first that was being worked on. */
  begunFirst(queue) {
    const begun = queue
      .map((sentence) => ({ sentence, draft: this.drafts.read(sentence.sentence_id) }))
      .filter(({ draft }) => isTouched(draft))
      .sort((a, b) => b.draft.at - a.draft.at)[0]?.sentence;
    return begun ? [begun, ...queue.filter((sentence) => sentence !== begun)] : queue;
  }

  /** Whether the sentence on the page has been answered by this person on another page meanwhile. */
  wasAnsweredElsewhere = () => this.shown !== null && this.data.answered_elsewhere.includes(this.shown.sentence_id);

  /** Leave the sentence on the page for good. */
  drop() {
    this.held = this.held.filter((sentence) => sentence !== this.shown);
    this.shown = null;
  }

  /** The sentence whose turn it is, or null. */
  next() {
    this.shown ??= this.held[0] ?? null;
    return this.shown;
  }

  /** Keep an answer until it is saved; a `correction` answers an earlier sentence once more. */
  put(answer, correction) {
    this.drafts.remove(answer.sentence_id); // first: where storage is full, that makes the room
    const after = (this.unsaved().at(-1)?.at ?? 0) + 1; // a clock may be set back, and order must stay
    const isKept = this.outbox.put({ ...answer, at: Math.max(Date.now(), after), order: ++this.sent, correction });
    if (!isKept) this.warn();
    if (correction) return;
    this.held.shift();
    this.shown = null;
  }

  sync() {
    this.waiting = true;
    const holding = this.held.map(({ sentence_id }) => sentence_id);
    const anew = this.hasLeftOver && !this.sent;
    this.post({ holding, beside: this.beside, anew, number: ++this.asked });
    this.hasLeftOver &&= this.unsaved().length > 0;
  }

  /** Ask for the answers that this person gave before, or `later` than, the one with this key. */
  lookBeside({ key, later }) {
    this.beside = { key, later };
    this.sync();
  }

  /** Called every now and then: send again what is unsaved, and look for work where there is none. */
  tick() {
    const isUnsaved = this.unsaved().length > 0;
    if (isUnsaved) this.outbox.keepAgain();
    if (isUnsaved ? this.sinceSyncMs() >= RESEND_MS : !this.held.length && this.sinceSyncMs() >= LOOK_AGAIN_MS) this.sync();
  }

  /**
   * Whether a server that answers others has long not heard this page: a connection that was made anew while the
   * page was asleep may belong to no session. A reload mends it; one that is at work hears, and answers in the end.
   */
  isDeaf() {
    if (this.unheardMs === null || !this.unsaved().length) return false;
    return elapsedMs() - this.unheardMs > (isServerAtWork() ? AT_WORK_MS : DEAF_MS);
  }

  saved() {
    const unsaved = this.unsaved();
    const sinceMs = this.waitingSinceMs(unsaved);
    return savedState(unsaved, { trouble: this.data.trouble, sinceMs, nowMs: elapsedMs(), isKept: this.isKept() });
  }
}
