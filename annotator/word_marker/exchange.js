// What the browser and the server owe each other: answers one way, sentences the other. The outbox
// is always sent as a whole, for Streamlit keeps only the newest message, and is sent again until
// each answer in it has its receipt.

const RESEND_MS = 2000;
const LOOK_AGAIN_MS = 30000;
const DEAF_MS = 30000;

// What storage refuses to keep outlives at least the marker that made it.
const memories = new Map();
let latest = null;
let isReloading = false;

/** Ask before a page is closed on which something is unsaved, whichever page of the application it is. */
function watchLeaving() {
  if (latest !== null) return;
  window.addEventListener("beforeunload", (event) => !isReloading && latest?.unsaved().length && event.preventDefault());
}

/** Load the page again if the server is there; what is unsaved and what is begun is found again. */
async function reloadIfServed() {
  const answer = await fetch(new URL("_stcore/health", document.baseURI)).catch(() => null);
  if (!answer?.ok) return;
  isReloading = true;
  window.location.reload();
}

class Exchange {
  /** Take what the server says. Gives whether somebody else is here now. */
  take(data, send) {
    const before = this.data;
    this.data = data;
    this.send = send;
    this.waiting = false;
    this.unheardMs = null;
    const isSomebodyElse = before?.project !== data.project || before?.person !== data.person;
    if (isSomebodyElse) this.begin();
    if (data.beside && data.beside.key === this.beside?.key && data.beside.later === this.beside.later) this.beside = null;
    this.takeReceipts();
    this.takeQueue();
    if (before?.boot !== data.boot && this.unsaved().length) this.sync();
    return isSomebodyElse;
  }

  begin() {
    const { project, person } = this.data;
    const own = `whylight:${project}:${person}:`;
    this.takeOverFormer();
    if (!memories.has(own)) memories.set(own, new Map());
    this.outbox = openOutbox(storageOf("localStorage"), own, memories.get(own));
    this.drafts = openDrafts(storageOf("localStorage"), `whylight-draft:${project}:${person}:`);
    this.preferences = openPreferences(storageOf("localStorage"), `whylight-preferences:${project}:${person}`);
    this.beganMs = this.syncedMs = Date.now();
    this.asked = 0; // how many messages have been sent
    this.unheardMs = null; // since when none of them has had a reply
    this.sent = 0;
    this.held = []; // sentences not answered yet, the one whose turn it is first
    this.shown = null; // the first of them, once the person has seen it
    this.told = []; // what became of answers that were not simply saved
    this.isKept = true; // whether a reload would find what is unsaved
    this.hasLeftOver = this.unsaved().length > 0; // answers from before this page, which it does not know as earlier ones
    const others = countOthers(storageOf("localStorage"), `whylight:${project}:`, own);
    if (others) this.told.push(`${others} unsaved of somebody else here: sent when they sign in on this browser again.`);
    latest = this;
    this.beside = null; // which of the person's answers are asked for: those next to the one with this key
  }

  /** What this person left in the browser before people had names there that nobody else ever gets. */
  takeOverFormer() {
    const { project, person, formerly } = this.data;
    for (const kind of ["whylight", "whylight-draft"]) {
      takeOver(storageOf("localStorage"), `${kind}:${project}:${formerly.person}:`, `${kind}:${project}:${person}:`, formerly.since_ms);
    }
  }

  takeReceipts() {
    const unsaved = new Map(this.unsaved().map((answer) => [answer.key, answer]));
    for (const { key, state, message } of this.data.receipts) {
      if (!unsaved.has(key)) continue;
      this.outbox.remove(key);
      if (state === "rejected") this.refused(unsaved.get(key), message);
      if (state === "surplus") this.told.push(message);
    }
  }

  /** An answer that was not taken becomes a draft again: its sentence comes back with its marks. */
  refused(answer, message) {
    this.told.push(`An answer was not taken: ${message}`);
    const isWorthKeeping = answer.marks || answer.note || answer.flagged;
    if (!isWorthKeeping || isTouched(this.drafts.read(answer.sentence_id))) return;
    this.drafts.save(answer.sentence_id, draftOf(answer));
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
    this.isKept = this.outbox.put({ ...answer, at: Math.max(Date.now(), after), order: ++this.sent, correction }) && this.isKept;
    if (correction) return;
    this.held.shift();
    this.shown = null;
  }

  unsaved = () => this.outbox?.answers() ?? [];

  sync() {
    this.syncedMs = Date.now();
    this.waiting = true;
    this.unheardMs ??= this.syncedMs;
    const { project, person } = this.data;
    const outbox = this.unsaved().map(({ at, order, correction, ...answer }) => answer);
    const holding = this.held.map(({ sentence_id }) => sentence_id);
    this.send({
      project, person, outbox, holding, beside: this.beside, anew: this.hasLeftOver && !this.sent, number: ++this.asked,
    });
    this.hasLeftOver &&= outbox.length > 0;
  }

  /** Ask for the answers that this person gave before, or `later` than, the one with this key. */
  lookBeside({ key, later }) {
    this.beside = { key, later };
    this.sync();
  }

  /** Called every now and then: send again what is unsaved, and look for work where there is none. */
  tick() {
    const sinceMs = Date.now() - this.syncedMs;
    if (this.unsaved().length ? sinceMs >= RESEND_MS : !this.held.length && sinceMs >= LOOK_AGAIN_MS) this.sync();
  }

  /**
   * Whether a server that answers others has long not heard this page: a connection that was made anew while the
   * page was asleep may belong to no session. Where everything outlives the page, a reload mends it.
   */
  isDeaf = () => this.unheardMs !== null && this.isKept && this.unsaved().length > 0 && Date.now() - this.unheardMs > DEAF_MS;

  saved() {
    const unsaved = this.unsaved();
    const sinceMs = Math.max(unsaved[0]?.at, this.beganMs);
    if (!unsaved.length) this.isKept = true;
    return savedState(unsaved, { trouble: this.data.trouble, sinceMs, nowMs: Date.now(), isKept: this.isKept });
  }
}

// A browser may forbid storage altogether; then the answers wait in memory only.
function storageOf(kind) {
  try {
    return window[kind];
  } catch {
    const memory = {};
    return Object.create({
      getItem: (name) => memory[name] ?? null,
      setItem: (name, value) => { memory[name] = value; },
      removeItem: (name) => { delete memory[name]; },
    });
  }
}
