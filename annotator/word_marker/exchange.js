// What the browser and the server owe each other: answers one way, sentences the other. The outbox
// is always sent as a whole, for Streamlit keeps only the newest message, and is sent again until
// each answer in it has its receipt.

const RESEND_MS = 2000;
const LOOK_AGAIN_MS = 30000;

class Exchange {
  /** Take what the server says. Gives whether somebody else is here now. */
  take(data, send) {
    const before = this.data;
    this.data = data;
    this.send = send;
    this.waiting = false;
    const isSomebodyElse = before?.project !== data.project || before?.person !== data.person;
    if (isSomebodyElse) this.begin();
    this.takeReceipts();
    this.takeQueue();
    if (before?.boot !== data.boot && this.unsaved().length) this.sync();
    return isSomebodyElse;
  }

  begin() {
    const { project, person } = this.data;
    this.outbox = openOutbox(storageOf("localStorage"), `whylight:${project}:${person}:`);
    this.drafts = openDrafts(storageOf("localStorage"), `whylight-draft:${project}:${person}:`);
    this.preferences = openPreferences(storageOf("localStorage"), `whylight-preferences:${project}:${person}`);
    this.beganMs = this.syncedMs = Date.now();
    this.sent = 0;
    this.held = []; // sentences not answered yet, the one whose turn it is first
    this.shown = null; // the first of them, once the person has seen it
    this.told = []; // what became of answers that were not simply saved
    this.beside = null; // which of the person's answers are asked for: those next to the one with this key
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
    if (!isWorthKeeping || this.drafts.read(answer.sentence_id)) return;
    this.drafts.save(answer.sentence_id, draftOf(answer));
  }

  /** Never move the person on unasked: the sentence on the page stays, those behind it are replaced. */
  takeQueue() {
    const taken = new Set(this.unsaved().map(({ sentence_id }) => sentence_id));
    if (this.shown) taken.add(this.shown.sentence_id);
    const next = this.data.queue.filter(({ sentence_id }) => !taken.has(sentence_id));
    this.held = this.shown ? [this.shown, ...next] : next;
  }

  /** The sentence whose turn it is, or null. */
  next() {
    this.shown ??= this.held[0] ?? null;
    return this.shown;
  }

  /** Keep an answer until it is saved; a `correction` answers an earlier sentence once more. */
  put(answer, correction) {
    this.outbox.put({ ...answer, at: Date.now(), order: ++this.sent, correction });
    this.drafts.remove(answer.sentence_id);
    if (correction) return;
    this.held.shift();
    this.shown = null;
  }

  unsaved = () => this.outbox?.answers() ?? [];

  sync() {
    this.syncedMs = Date.now();
    this.waiting = true;
    const { project, person } = this.data;
    const outbox = this.unsaved().map(({ at, order, correction, ...answer }) => answer);
    const holding = this.held.map(({ sentence_id }) => sentence_id);
    this.send({ project, person, outbox, holding, beside: this.beside });
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

  saved() {
    const unsaved = this.unsaved();
    const sinceMs = Math.max(unsaved[0]?.at, this.beganMs);
    return savedState(unsaved, { trouble: this.data.trouble, sinceMs, nowMs: Date.now() });
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
