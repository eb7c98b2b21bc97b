// The word marker. Marks live here, in the browser: no click and no key makes a script run. An
// answer is put into the outbox, the next sentence is shown at once, and the outbox is sent as a
// whole until the server has said what became of each answer in it.

const TICK_MS = 2000;
const PATIENCE_MS = 5000;
const LOOK_AGAIN_MS = 30000;
const REOPENABLE = 50;
const ASKED = "whylight-asked-about-no-marks";

const markers = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  if (!markers.has(parentElement)) markers.set(parentElement, new Marker(parentElement));
  const marker = markers.get(parentElement);
  marker.receive(data, (value) => setTriggerValue("sync", value));
  return () => {
    markers.delete(parentElement);
    marker.close();
  };
}

class Marker {
  constructor(parent) {
    bindAll(this);
    this.parent = parent;
    this.view = createView(parent, this);
    this.life = new AbortController();
    const { signal } = this.life;
    listenForPointer(this.view.text, this, signal);
    listenForKeys(parent, this, signal);
    window.addEventListener("beforeunload", (event) => this.outbox.answers().length && event.preventDefault(), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.resume()), { signal });
    window.addEventListener("pagehide", this.pause, { signal });
    this.timer = setInterval(this.tick, TICK_MS);
  }

  close() {
    this.pause();
    clearInterval(this.timer);
    this.life.abort();
    this.view.page.remove();
    this.view.bar.remove();
  }

  // ---- what the server says

  receive(data, send) {
    this.send = send;
    const before = this.data;
    this.data = data;
    this.waiting = false;
    if (!before || before.project !== data.project || before.person !== data.person) this.sitDown();
    if (JSON.stringify(before?.labels) !== JSON.stringify(data.labels)) showLabels(this.view, data.labels, this.choose);
    this.takeReceipts();
    this.takeQueue();
    if (before?.boot !== data.boot && this.outbox.answers().length) this.sync();
    this.draw();
  }

  /** Begin for a person: whatever was on the page belongs to somebody else. */
  sitDown() {
    const { project, person } = this.data;
    this.outbox = openOutbox(storageOf("localStorage"), `whylight:${project}:${person}:`);
    this.drafts = openDrafts(storageOf("localStorage"), `whylight-draft:${project}:${person}:`);
    this.satDownAt = Date.now();
    this.submitted = 0;
    this.held = []; // sentences not answered yet, the one whose turn it is first
    this.done = []; // answers that undo can reopen, the newest last
    this.front = null; // the draft of held[0]
    this.draft = null; // the draft on the page: the front one, or a reopened answer
    this.told = [];
    this.asking = this.missing = false;
  }

  takeReceipts() {
    const unsaved = new Set(this.outbox.answers().map(({ key }) => key));
    for (const { key, state, message } of this.data.receipts) {
      if (!unsaved.has(key)) continue;
      this.outbox.remove(key);
      if (state === "rejected") this.told.push(`An answer was not taken: ${message}`);
      if (state === "surplus") this.told.push(message);
    }
  }

  /** Never move the person on unasked: the sentence on the page stays, those behind it are replaced. */
  takeQueue() {
    const unsaved = new Set(this.outbox.answers().map(({ sentence_id }) => sentence_id));
    const shown = this.front ? [this.front.sentence] : [];
    const next = this.data.queue.filter(
      ({ sentence_id }) => !unsaved.has(sentence_id) && sentence_id !== shown[0]?.sentence_id);
    this.held = [...shown, ...next];
    if (!this.submitted) this.done = this.data.last ? [this.data.last] : [];
    if (!this.front && this.held.length) this.showNext();
  }

  // ---- what the server is told

  sync() {
    this.syncedAt = Date.now();
    this.waiting = true;
    const { project, person } = this.data;
    const outbox = this.outbox.answers().map(({ at, order, correction, ...answer }) => answer);
    this.send({ project, person, outbox, holding: this.held.map(({ sentence_id }) => sentence_id) });
  }

  tick() {
    if (!this.data) return;
    const since = Date.now() - (this.syncedAt ?? this.satDownAt);
    const unsaved = this.outbox.answers().length;
    if (unsaved ? since >= TICK_MS - 100 : !this.held.length && since >= LOOK_AGAIN_MS) this.sync();
    this.drawTop();
  }

  // ---- answering

  submit() {
    if (!this.draft) return;
    if (this.draft.label === null) return this.pointAtLabels();
    if (this.takesRationale() && !hasReason(this.draft.marks) && !this.mayBeEmpty()) return;
    this.finish("answer");
  }

  skip() {
    if (this.draft?.reopened) return this.leave();
    if (this.draft) this.finish("skip");
  }

  finish(kind) {
    this.pause();
    const draft = this.draft;
    const answer = answerOf(draft, { kind, key: newKey(), takesRationale: this.takesRationale() });
    const correction = Boolean(draft.reopened);
    this.outbox.put({ ...answer, at: Date.now(), order: ++this.submitted, correction });
    this.drafts.remove(answer.sentence_id);
    this.remember(draft, answer);
    if (!correction) {
      this.held.shift();
      this.front = null;
    }
    this.say(kind === "skip" ? "Skipped. Next sentence." : "Submitted. Next sentence.");
    this.showNext();
    setTimeout(() => this.sync(), 0);
  }

  remember(draft, { kind, label, marks }) {
    const { sentence, marksAtReveal, reopened } = draft;
    this.done = this.done.filter((answer) => answer !== reopened);
    this.done.push({ ...sentence, kind, label, marks: kind === "skip" ? null : (marks ?? draft.marks.join("")), marksAtReveal });
    this.done.splice(0, this.done.length - REOPENABLE);
  }

  showNext() {
    this.front ??= this.held.length ? this.begin(this.held[0]) : null;
    this.open(this.front);
    this.scrollToTop();
  }

  begin(sentence) {
    return startDraft(sentence, this.data.saliency_mode, this.drafts.read(sentence.sentence_id) ?? {});
  }

  open(draft) {
    this.pause();
    this.draft = draft;
    this.asking = this.missing = false;
    this.markingMode = "+";
    this.at = 0;
    this.stretch = null;
    if (draft) {
      showSentence(this.view, draft.sentence);
      this.shades = shades(draft.sentence.saliency ?? []);
    }
    this.resume();
    this.draw();
    if (draft && this.submitted) this.view.words[0]?.focus({ preventScroll: true });
  }

  pointAtLabels() {
    this.missing = true;
    this.say("Choose a label first.");
    this.draw();
    this.view.labels[0]?.focus();
  }

  /** Whether no marked word may stand: asks once a session, and Enter again says yes. */
  mayBeEmpty() {
    const memory = storageOf("sessionStorage");
    if (this.asking) memory.setItem(ASKED, "yes");
    if (memory.getItem(ASKED)) return true;
    this.asking = true;
    this.draw();
    return false;
  }

  goBackToMarking() {
    this.asking = false;
    this.draw();
    this.focusWord();
  }

  // ---- going back

  undo() {
    if (this.draft && stepBack(this.draft)) {
      this.say("Undone.");
      return this.changed();
    }
    const { length } = this.done;
    const from = this.draft?.reopened ? this.done.indexOf(this.draft.reopened) : length;
    const answer = this.done[from - 1];
    if (!answer) return this.say("Nothing to undo.");
    this.open(startDraft(answer, this.data.saliency_mode, { ...answer, reopened: answer }));
    this.say("Back at an earlier answer. Submit to replace it, Escape to leave it as it is.");
  }

  leave() {
    this.say("Left as it was.");
    this.open(this.front);
  }

  escape() {
    if (this.asking) this.goBackToMarking();
    else if (this.draft?.reopened) this.leave();
  }

  // ---- marking

  marks = () => this.draft?.marks ?? [];
  mode = () => this.markingMode;
  cursor = () => this.at;
  takesRationale = () => this.draft.label === null || this.data.labels[this.draft.label].takes_rationale;

  mayMark() {
    if (!this.draft) return false;
    if (!this.takesRationale()) this.say("This label needs no marks.");
    return this.takesRationale();
  }

  mark(marks, cursor) {
    this.at = cursor;
    if (step(this.draft, this.data.saliency_mode, { marks })) this.changed();
    this.focusWord();
  }

  toggle(forced) {
    if (!this.mayMark()) return;
    this.byKeys(true);
    const sign = signFor(this.draft.marks[this.at], forced ?? this.markingMode, Boolean(forced));
    this.mark(paint(this.draft.marks, this.at, this.at, sign), this.at);
  }

  move(where) {
    if (!this.draft) return;
    this.byKeys(true);
    this.at = this.wordAt(where);
    this.stretch = null;
    this.drawWords();
    this.focusWord();
  }

  extend(where, forced) {
    if (!this.mayMark()) return;
    this.byKeys(true);
    if (this.stretch?.marks !== this.draft.marks) this.stretch = { base: this.draft.marks, anchor: this.at };
    const { base, anchor } = this.stretch;
    const cursor = this.wordAt(where);
    this.mark(paint(base, anchor, cursor, forced ?? this.markingMode), cursor);
    this.stretch.marks = this.draft.marks;
  }

  wordAt(where) {
    const last = this.view.words.length - 1;
    if (where === "first") return 0;
    if (where === "last") return last;
    if (where === "up" || where === "down") {
      return lineNeighbour(this.view.words.map((word) => word.getBoundingClientRect()), this.at, where === "up" ? -1 : 1);
    }
    const forward = (where === "right") !== this.view.text.classList.contains("rtl");
    return Math.min(last, Math.max(0, this.at + (forward ? 1 : -1)));
  }

  choose(index) {
    if (!this.draft || !this.data.labels[index]) return;
    this.missing = false;
    const label = { label: index };
    if (step(this.draft, this.data.saliency_mode, label)) this.say(`Label: ${this.data.labels[index].name}`);
    this.changed();
  }

  chooseBeside(direction) {
    const { length } = this.data.labels;
    this.choose(((this.draft?.label ?? (direction > 0 ? -1 : length)) + direction + length) % length);
    this.view.labels[this.draft?.label]?.focus();
  }

  switchMode() {
    this.markingMode = this.markingMode === "+" ? "-" : "+";
    this.say(this.markingMode === "-" ? "Marking words that must not matter." : "Marking reasons.");
    this.drawBar();
  }

  changed() {
    this.asking = false;
    if (!this.draft.reopened) this.keepDraft();
    this.draw();
  }

  keepDraft() {
    this.drafts.save(this.draft.sentence.sentence_id, kept(this.draft));
  }

  // ---- the clock: only the time that the sentence was to be seen

  pause() {
    if (!this.draft || this.runningSince === undefined) return;
    this.draft.seconds += (performance.now() - this.runningSince) / 1000;
    this.runningSince = undefined;
    if (!this.draft.reopened && this.draft === this.front) this.keepDraft();
  }

  resume() {
    if (!document.hidden) this.runningSince = performance.now();
  }

  // ---- drawing

  draw() {
    const { view, draft } = this;
    view.reopened.hidden = !draft?.reopened;
    view.sheet.hidden = !draft;
    view.nothing.hidden = Boolean(draft);
    view.notice.textContent = this.waiting ? "" : this.data.notice;
    drawTold(view, this.told, this.dismiss);
    this.drawTop();
    this.drawBar();
    if (!draft) return;
    drawLabels(view, draft.label, this.missing);
    this.drawWords();
    view.legend.classList.toggle("shown", isRevealed(draft));
    view.text.classList.toggle("unneeded", !this.takesRationale());
    view.reason.textContent = this.takesRationale()
      ? draft.sentence.reason
      : `No marks are needed for \u201c${this.data.labels[draft.label].name}\u201d.`;
  }

  drawWords(marks = this.draft.marks) {
    const { tokens } = this.draft.sentence;
    const levels = isRevealed(this.draft) ? this.shades : tokens.map(() => 0);
    drawWords(this.view, { tokens, marks, shades: levels, cursor: this.at });
  }

  preview(marks) {
    if (this.draft) this.drawWords(marks);
  }

  drawTop() {
    const answers = this.outbox.answers();
    const { answered, open } = this.data;
    const ahead = new Set(answers.filter((each) => each.kind === "answer" && !each.correction).map((each) => each.sentence_id));
    const done = Math.min(answered + ahead.size, answered + open);
    const number = Math.min(done + 1, answered + open);
    const count = this.draft ? `Sentence ${number} of ${answered + open}` : `${done} of ${answered + open} answered`;
    const share = answered + open ? done / (answered + open) : 0;
    drawTop(this.view, { count: this.draft?.reopened ? "An earlier sentence" : count, share, ...this.savedState(answers) });
  }

  /** The truth about what is saved, in few words. */
  savedState(answers) {
    if (!answers.length) return { state: "saved", stateText: "All saved" };
    const waitedMs = Date.now() - Math.max(answers[0].at, this.satDownAt);
    const why = this.data.trouble || (waitedMs > PATIENCE_MS ? "the server does not answer" : "");
    if (!why) return { state: "saving", stateText: `Saving ${answers.length}` };
    const number = answers.length > 1 ? ` (${answers.length})` : "";
    return { state: "trouble", stateText: `Not saved${number}: ${why.replace(/\.$/, "")}, trying again` };
  }

  drawBar() {
    const { view, draft } = this;
    drawQuestion(view, this.asking, this);
    for (const name of ["hints", "mode", "skip", "submit"]) view[name].hidden = !draft;
    view.undo.disabled = !draft?.steps.length && !this.done.length;
    view.mode.setAttribute("aria-pressed", this.markingMode === "-");
    view.skipText.textContent = draft?.reopened ? "Leave" : "Skip";
    view.submitText.textContent = draft?.label === null ? "Choose a label" : "Submit";
    view.submit.classList.toggle("waiting", draft?.label === null);
  }

  /** Show where the keys are, or, with the pointer at work, not. */
  byKeys(yes) {
    this.view.text.classList.toggle("by-keys", yes);
  }

  focusWord() {
    const word = this.view.words[this.at];
    word?.focus({ preventScroll: true });
    word?.scrollIntoView({ block: "nearest" });
  }

  scrollToTop() {
    if (this.submitted) this.view.page.scrollIntoView({ block: "start" });
  }

  say(text) {
    this.view.live.textContent = text;
  }

  dismiss(message) {
    this.told = this.told.filter((each) => each !== message);
    this.draw();
  }
}

/** Let every method be handed over as it is. */
function bindAll(object) {
  const { prototype } = object.constructor;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== "constructor") object[name] = prototype[name].bind(object);
  }
}

// A browser may forbid storage altogether; then the answers wait in memory only.
function storageOf(kind) {
  try {
    return window[kind];
  } catch {
    const memory = {};
    const methods = {
      getItem: (name) => memory[name] ?? null,
      setItem: (name, value) => { memory[name] = value; },
      removeItem: (name) => { delete memory[name]; },
    };
    return Object.create(methods);
  }
}
