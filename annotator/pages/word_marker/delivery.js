// Sends answers from this browser to the server, from any open page, and reads back what happened to them.
// The outbox is always sent as a whole, because Streamlit keeps only the newest message, and is sent
// again until the server has sent a receipt for each answer in it.

import { isServerAtWork } from "./connection.js";
import { draftOf, isTouched } from "./draft.js";
import { countOthers, openDrafts, openNotices, openOutbox, takeOver } from "./outbox.js";
import { keepsThings, memoryOf, scopeOf, storageOfBrowser, tab } from "./storage.js";

const RESEND_MS = 2000;
const FORGETS =
  "This browser stores nothing: answers that are not saved yet are lost when this page is closed or reloaded. " +
  "Stay on this page until everything is saved.";

// Not the wall clock, which may be set back or forward by hours while a page waits.
export const elapsedMs = () => performance.now();

/** Ask before any page of the application is closed while something is unsaved. */
export function watchLeaving() {
  const ours = tab();
  if (ours.isWatching) return;
  ours.isWatching = true;
  window.addEventListener("beforeunload", (event) => !ours.isReloading && isUnsaved(ours) && event.preventDefault());
}

function othersNotice(count, isSignedOut) {
  const isOne = count === 1;
  const answers = isOne ? "1 unsent answer" : `${count} unsent answers`;
  const whose = isSignedOut ? "" : " from another person";
  const sent = isOne ? "It will be sent when the person who gave it" : "They will be sent when the person who gave them";
  return `This browser holds ${answers}${whose}. ${sent} signs in here.`;
}

/** Return whether this tab holds anything unsaved, even from a person who has since signed out. */
const isUnsaved = ({ latest, memories }) =>
  latest?.unsaved().length > 0 || [...memories].some(([prefix, memory]) => prefix.startsWith("whylight:") && memory.size > 0);

export class Delivery {
  constructor() {
    this.data = null; // what the server sent last
    this.send = null;
    this.outbox = null;
    this.drafts = null;
    this.noticeStore = null;
    this.notices = []; // what happened to answers that were not simply saved
    this.hasWarned = false; // whether there has been a notice that this browser keeps nothing
    this.syncedMs = 0; // when the last message was sent
    this.unansweredSinceMs = null; // when the first message without a reply was sent
    this.oldest = { key: null, sinceMs: 0 }; // the answer that has waited longest, and since when it has been the oldest
  }

  /** Take what the server sends. Return whether it is for a different person. */
  update(data, send) {
    const before = this.data;
    this.data = data;
    this.send = send;
    this.unansweredSinceMs = null;
    const isNewPerson = before?.project !== data.project || before?.person !== data.person;
    if (isNewPerson) this.begin(storageOfBrowser());
    this.takeReceipts();
    return isNewPerson;
  }

  /** Begin for this person: no answer is ever sent under another person's name. */
  begin(storage) {
    const scope = scopeOf(this.data);
    this.takeOverFormer(storage, scope);
    this.outbox = openOutbox(storage, scope.answers, memoryOf(scope.answers));
    this.drafts = openDrafts(storage, scope.drafts, Date.now(), memoryOf(scope.drafts));
    this.noticeStore = openNotices(storage, scope.notices, memoryOf(scope.notices));
    this.notices = this.noticeStore.messages();
    this.syncedMs = elapsedMs();
    this.unansweredSinceMs = null;
    this.oldest = { key: null, sinceMs: 0 };
    this.hasWarned = false;
    this.checkStorage(storage, scope);
    tab().latest = this;
  }

  /** Move what this person left in the browser when people were still named by numbers there. */
  takeOverFormer(storage, scope) {
    const { project, formerly } = this.data;
    if (!formerly) return;
    const former = scopeOf({ project, person: formerly.person });
    for (const kind of ["answers", "drafts"]) takeOver(storage, former[kind], scope[kind], formerly.since_ms);
  }

  /** Notify the person of anything unusual about this browser's storage. */
  checkStorage(storage, scope) {
    if (this.data.person !== null && !keepsThings(storage)) this.warn();
    const foreign = this.outbox.setAside();
    if (foreign) this.notify(`${foreign === 1 ? "1 entry in this browser's storage is not a Whylight answer. It was" : `${foreign} entries in this browser's storage are not Whylight answers. They were`} set aside and not sent.`);
    const others = countOthers(storage, scope.everyone, scope.answers);
    if (others) this.notify(othersNotice(others, this.data.person === null));
  }

  /** Warn once that this browser keeps nothing. */
  warn() {
    if (!this.hasWarned) this.notify(FORGETS);
    this.hasWarned = true;
  }

  /** Show a notice until it is dismissed; one about the answer with this key outlives the page. */
  notify(notice, key = null) {
    if (!this.notices.includes(notice)) this.notices.push(notice);
    if (key !== null) this.noticeStore.keep(key, notice);
  }

  dismiss(notice) {
    this.notices = this.notices.filter((each) => each !== notice);
    this.noticeStore.dismiss(notice);
  }

  takeReceipts() {
    const unsaved = new Map(this.unsaved().map((answer) => [answer.key, answer]));
    for (const { key, state, message } of this.data.receipts) {
      if (!unsaved.has(key)) continue;
      if (state === "rejected") this.takeBack(unsaved.get(key), message);
      if (state === "surplus") this.notify(message, key);
      this.outbox.remove(key);
    }
  }

  /** Turn an answer that the server refused into a draft again: its sentence comes back with its marks. */
  takeBack(answer, message) {
    this.notify(`An answer was not accepted: ${message}`, answer.key);
    const isWorthKeeping = answer.marks || answer.note || answer.flagged;
    if (!isWorthKeeping || isTouched(this.drafts.read(answer.sentence_id))) return;
    this.drafts.save(answer.sentence_id, draftOf(answer));
  }

  unsaved() {
    return this.outbox?.answers() ?? [];
  }

  /** Return whether a reload would find all that is unsaved. */
  isKept() {
    return this.outbox.isKept();
  }

  /** Send all that is unsaved, together with `more`. */
  post(more = {}) {
    this.syncedMs = elapsedMs();
    this.unansweredSinceMs ??= this.syncedMs;
    const { project, person } = this.data;
    const outbox = this.unsaved().map(({ at, order, correction, ...answer }) => answer);
    this.send({ project, person, outbox, ...more });
  }

  sinceSyncMs() {
    return elapsedMs() - this.syncedMs;
  }

  /**
   * Return whether it is time to send again. A server at work has the message and will reply; another message would
   * make it begin again at once, and Streamlit then drops what it was about to show.
   */
  mustResend() {
    return this.sinceSyncMs() >= RESEND_MS && !isServerAtWork();
  }

  /** Return since when the same answer has been the oldest that waits. */
  waitingSinceMs(unsaved) {
    const key = unsaved[0]?.key ?? null;
    if (key !== this.oldest.key) this.oldest = { key, sinceMs: elapsedMs() };
    return this.oldest.sinceMs;
  }
}
