// Answers from this browser to the server, and back what became of them, from whichever page is open.
// The outbox is always sent as a whole, for Streamlit keeps only the newest message, and is sent
// again until each answer in it has its receipt.

import { keepsThings, memoryOf, scopeOf, storageOfBrowser, tab } from "./storage.js";
import { countOthers, openDrafts, openNotices, openOutbox, takeOver } from "./outbox.js";
import { draftOf, isTouched } from "./draft.js";

export const RESEND_MS = 2000;
const FORGETS =
  "This browser keeps nothing: an answer that is not saved yet is lost when this page is closed or loaded again. " +
  "Stay on this page until it says that all is saved.";

// No wall clock: that one may be set back or forward by hours while a page waits.
export const elapsedMs = () => performance.now();

/** Ask before a page is closed on which something is unsaved, whichever page of the application it is. */
export function watchLeaving() {
  const ours = tab();
  if (ours.isWatching) return;
  ours.isWatching = true;
  window.addEventListener("beforeunload", (event) => !ours.isReloading && isUnsaved(ours) && event.preventDefault());
}

function othersLine(count, isNobodyHere) {
  const [answers, wait, them] = count === 1 ? ["answer", "waits", "it is"] : ["answers", "wait", "they are"];
  const whose = isNobodyHere ? "" : " of another person";
  return `${count} ${answers}${whose} ${wait} in this browser; ${them} sent when the person who gave ${count === 1 ? "it" : "them"} signs in here.`;
}

/** Somebody may have signed out since: what this tab alone holds is then nobody's here. */
const isUnsaved = ({ latest, memories }) =>
  latest?.unsaved().length > 0 || [...memories].some(([prefix, memory]) => prefix.startsWith("whylight:") && memory.size > 0);

export class Delivery {
  /** Take what the server says. Says whether somebody else is here now. */
  hear(data, send) {
    const before = this.data;
    this.data = data;
    this.send = send;
    this.unheardMs = null;
    const isSomebodyElse = before?.project !== data.project || before?.person !== data.person;
    if (isSomebodyElse) this.begin(storageOfBrowser());
    this.takeReceipts();
    return isSomebodyElse;
  }

  /** Begin for the person who is here: nobody's answers are ever sent as somebody else's. */
  begin(storage) {
    const scope = scopeOf(this.data);
    this.takeOverFormer(storage, scope);
    this.outbox = openOutbox(storage, scope.answers, memoryOf(scope.answers));
    this.drafts = openDrafts(storage, scope.drafts, Date.now(), memoryOf(scope.drafts));
    this.notices = openNotices(storage, scope.told, memoryOf(scope.told));
    this.told = this.notices.messages(); // what became of answers that were not simply saved
    this.syncedMs = elapsedMs();
    this.unheardMs = null; // since when no message has had a reply
    this.oldest = { key: null, sinceMs: 0 }; // the answer that waits longest, and since when it has been that
    this.tellOf(storage, scope);
    tab().latest = this;
  }

  /** What this person left in the browser before people had names there that nobody else ever gets. */
  takeOverFormer(storage, scope) {
    const { project, formerly } = this.data;
    if (!formerly) return;
    const former = scopeOf({ project, person: formerly.person });
    for (const kind of ["answers", "drafts"]) takeOver(storage, former[kind], scope[kind], formerly.since_ms);
  }

  tellOf(storage, scope) {
    this.hasWarned = false;
    if (this.data.person !== null && !keepsThings(storage)) this.warn();
    const odd = this.outbox.setAside();
    if (odd) this.tell(`${odd === 1 ? "An entry" : `${odd} entries`} in this browser's storage cannot be an answer of Whylight's: set aside, not sent.`);
    const others = countOthers(storage, scope.everybodys, scope.answers);
    if (others) this.tell(othersLine(others, this.data.person === null));
  }

  /** Say once that this browser keeps nothing. */
  warn() {
    if (!this.hasWarned) this.tell(FORGETS);
    this.hasWarned = true;
  }

  /** Say something until it is dismissed; what concerns the answer with this key outlives the page. */
  tell(message, key = null) {
    if (!this.told.includes(message)) this.told.push(message);
    if (key !== null) this.notices.keep(key, message);
  }

  forget(message) {
    this.told = this.told.filter((each) => each !== message);
    this.notices.dismiss(message);
  }

  takeReceipts() {
    const unsaved = new Map(this.unsaved().map((answer) => [answer.key, answer]));
    for (const { key, state, message } of this.data.receipts) {
      if (!unsaved.has(key)) continue;
      if (state === "rejected") this.refused(unsaved.get(key), message);
      if (state === "surplus") this.tell(message, key);
      this.outbox.remove(key);
    }
  }

  /** An answer that was not taken becomes a draft again: its sentence comes back with its marks. */
  refused(answer, message) {
    this.tell(`An answer was not taken: ${message}`, answer.key);
    const isWorthKeeping = answer.marks || answer.note || answer.flagged;
    if (!isWorthKeeping || isTouched(this.drafts.read(answer.sentence_id))) return;
    this.drafts.save(answer.sentence_id, draftOf(answer));
  }

  unsaved = () => this.outbox?.answers() ?? [];

  /** Whether a page that is loaded again would find all that is unsaved. */
  isKept = () => this.outbox.isKept();

  /** Send all that is unsaved, and with it what else there is to say. */
  post(more = {}) {
    this.syncedMs = elapsedMs();
    this.unheardMs ??= this.syncedMs;
    const { project, person } = this.data;
    const outbox = this.unsaved().map(({ at, order, correction, ...answer }) => answer);
    this.send({ project, person, outbox, ...more });
  }

  sinceSyncMs = () => elapsedMs() - this.syncedMs;

  /** Since when the same answer has been the oldest that waits. */
  waitingSinceMs(unsaved) {
    const key = unsaved[0]?.key ?? null;
    if (key !== this.oldest.key) this.oldest = { key, sinceMs: elapsedMs() };
    return this.oldest.sinceMs;
  }
}
