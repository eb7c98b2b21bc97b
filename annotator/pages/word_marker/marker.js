// The word marker. Marks live here, in the browser: no click and no key makes a script run, and
// the next sentence is shown as soon as an answer is in the outbox.

import { hasReason, lineNeighbour, paint, shades, signFor } from "./marks.js";
import { newKey } from "./outbox.js";
import {
  answerOf, draftOf, isChanged, isTouched, kept, showModel, startDraft, step, stepBack, stepForward, viewOf,
} from "./draft.js";
import { Trail } from "./trail.js";
import { progressOf } from "./status.js";
import { elapsedMs, watchLeaving } from "./delivery.js";
import { Exchange, reloadIfServed } from "./exchange.js";
import {
  buildSentence, createView, drawAside, drawGuidelines, drawLabels, drawLetters, drawModel, drawQuestion, drawTold, drawTop, drawWords, showGuidelines, showLabels, showSentence,
} from "./view.js";
import { listenForKeys, listenForPointer } from "./gestures.js";

const TICK_MS = 1000;
const STRENGTHS = ["Shading off", "Shading half", "Shading full"];
const VIEWS = { input_x_gradient: "input × gradient", gradient: "gradient" };
const WAITING = "Your answers wait in this browser, and more sentences come when the server is back.";
const WAITING_HERE = "Your answers wait on this page alone: stay on it. More sentences come when the server is back.";

const markers = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  watchLeaving();
  if (!markers.has(parentElement)) markers.set(parentElement, new Marker(parentElement));
  const marker = markers.get(parentElement);
  const close = () => {
    markers.delete(parentElement);
    marker.close();
  };
  try {
    marker.receive(data, (value) => setTriggerValue("sync", value));
  } catch (error) {
    close();
    throw error;
  }
  // Streamlit may clean up after a call that a newer one has overtaken: the marker is in use as long as it is on the page.
  return () => setTimeout(() => (parentElement.host ?? parentElement).isConnected || close(), 0);
}

class Marker {
  constructor(parent) {
    bindAll(this);
    this.exchange = new Exchange();
    this.inTrouble = false; // whether it was said that saving has stopped
    this.view = createView(parent, this);
    this.life = new AbortController();
    const { signal } = this.life;
    listenForPointer(this.view.text, this, signal);
    listenForKeys(parent, this, signal);
    window.addEventListener("pagehide", this.pause, { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.seeAgain()), { signal });
    this.timer = setInterval(this.tick, TICK_MS);
  }

  close() {
    this.pause();
    clearInterval(this.timer);
    this.life.abort();
    this.view.page.remove();
    this.view.bar.remove();
  }

  receive(data, send) {
    const before = this.data;
    this.data = data;
    const isSomebodyElse = this.exchange.take(data, send);
    if (isSomebodyElse) {
      this.draft = this.front = null; // the draft on the page; the draft of the sentence whose turn it is
      this.trail = new Trail();
      this.askedFrom = undefined; // the draft at which undo or redo asked for what lies beyond the trail
    }
    if (!before || before.guidelines?.version !== data.guidelines?.version) showGuidelines(this.view, data.guidelines);
    if (JSON.stringify(before?.labels) !== JSON.stringify(data.labels)) showLabels(this.view, data.labels, this.choose);
    if (isSomebodyElse || !this.draft) this.showNext();
    else if (this.exchange.wasAnsweredElsewhere() && this.draft === this.front) this.leaveToOtherPage();
    else {
      this.dropRetired();
      this.draw();
    }
    this.takeAnswers(data);
    if (data.reopen && before?.reopen?.key !== data.reopen.key) this.goBackTo(data.reopen);
  }

  /** The same person has answered this sentence on another page: go on, unless there is work here to be kept. */
  leaveToOtherPage() {
    if (isTouched(this.draft)) {
      const sentence = "You have answered this sentence on another page too; submitting here replaces that answer.";
      this.exchange.tell(sentence);
      return this.draw();
    }
    this.exchange.drop();
    this.front = null;
    this.say("Answered on another page. Next sentence.");
    this.showNext();
  }

  /** Somebody has chosen one of their answers elsewhere. */
  goBackTo(answer) {
    this.reopen(this.trail.goTo(answer));
  }

  tick() {
    if (!this.data) return;
    this.exchange.tick();
    if (this.exchange.isDeaf() && !document.hidden) {
      this.exchange.unheardMs = elapsedMs();
      reloadIfServed(this.isKept);
    }
    closeStreamlitsDialog();
    this.drawTop();
  }

  /** Whether everything on the page would be there after a reload, the answers on their way and the one that is begun. */
  isKept = () => this.exchange.isKept() && this.isDraftKept();

  isDraftKept() {
    const { draft } = this;
    if (!draft) return true;
    if (draft.reopened) return !isChanged(draft);
    return this.keepDraft() || !isTouched(draft);
  }

  // ---- answering

  submit() {
    if (!this.draft) return;
    if (this.draft.label === null) return this.pointAtLabels();
    if (this.takesRationale() && !hasReason(this.draft.marks) && !this.draft.noWord) {
      if (!this.asking) return this.ask();
      this.sayNoWord();
    }
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
    this.exchange.put(answer, Boolean(draft.reopened));
    this.remember(draft, answer);
    if (!draft.reopened) this.front = null;
    this.say(kind === "skip" ? "Skipped. Next sentence." : "Submitted. Next sentence.");
    this.showNext();
    this.view.words[0]?.focus({ preventScroll: true });
    this.view.page.scrollIntoView({ block: "start" });
    afterPaint(() => this.exchange.sync());
  }

  /** As it stood on the page: undo brings back the marks of a skip as well. */
  remember({ sentence, reopened, label, marks, noWord }, { key, kind, note, flagged }) {
    this.trail.remember({ ...sentence, key, kind, label, marks: marks.join(""), noWord, note, flagged }, reopened);
  }

  showNext() {
    const sentence = this.exchange.next();
    if (sentence && !this.front) {
      this.front = startDraft(sentence, this.look(), this.exchange.drafts.read(sentence.sentence_id) ?? {});
    }
    this.open(this.front);
  }

  open(draft) {
    this.pause();
    const hadFocus = this.view.text.contains(this.view.text.getRootNode().activeElement);
    this.draft = draft;
    if (!draft?.reopened) this.trail.comeBack();
    this.dropRetired();
    this.asking = this.missing = this.writing = false;
    this.markingMode = "+";
    this.at = 0;
    if (draft) {
      showSentence(this.view, this.built?.sentence.sentence_id === draft.sentence.sentence_id ? this.built : buildSentence(draft.sentence));
      this.buildNext();
    }
    this.resume();
    this.draw();
    if (hadFocus) this.view.words[0]?.focus({ preventScroll: true });
  }

  /** Build the sentence behind the one on the page as soon as the browser has nothing else to do. */
  buildNext() {
    this.built = null;
    whenIdle(() => {
      const next = this.exchange.held[1];
      if (next) this.built = buildSentence(next);
    });
  }

  /** A label that is offered no more is chosen no more; the marks stay. */
  dropRetired() {
    if (this.draft && this.data.labels[this.draft.label]?.retired !== false) this.draft.label = null;
  }

  pointAtLabels() {
    this.missing = true;
    this.say("Choose a label first.");
    this.draw();
    this.view.labels.find((label) => !label.hidden)?.focus();
  }

  /** No word is marked, and nobody has said that none matters: Enter again says it. */
  ask() {
    this.asking = true;
    this.draw();
  }

  sayNoWord() {
    if (!this.mayMark()) return;
    const marks = this.draft.marks.map((mark) => (mark === "+" ? "." : mark));
    step(this.draft, this.look(), { marks, noWord: !this.draft.noWord });
    this.say(this.draft.noWord ? "No word in particular." : "Not said any more.");
    this.changed();
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
    const earlier = this.trail.before(this.draft?.reopened);
    if (earlier) return this.reopen(earlier);
    if (!this.trail.beyond(false)) return this.say("Nothing to undo.");
    this.say("Looking for earlier answers.");
    this.lookBeyond(false);
  }

  redo() {
    if (this.draft && stepForward(this.draft)) {
      this.say("Redone.");
      return this.changed();
    }
    if (!this.draft?.reopened) return this.say("Nothing to redo.");
    const later = this.trail.after(this.draft.reopened);
    if (later) return this.reopen(later);
    if (!this.trail.beyond(true)) return this.leave();
    this.say("Looking for later answers.");
    this.lookBeyond(true);
  }

  lookBeyond(later) {
    this.askedFrom = this.draft;
    this.exchange.lookBeside(this.trail.beyond(later));
  }

  reopen(answer) {
    const { label, marks, noWord, note, flagged } = draftOf(answer);
    const refused = this.exchange.drafts.read(answer.sentence_id); // a correction that was not taken
    this.open(startDraft(answer, this.look(), { label, marks, noWord, note, flagged, ...refused, reopened: answer }));
    this.say("Back at an earlier answer. Submit to replace it, Escape to leave it as it is.");
  }

  /** What was answered before this page was loaded: the newest at first, and then what undo or redo asks for. */
  takeAnswers({ earlier, beside }) {
    if (!earlier) return;
    if (beside) this.goBeyond(beside, this.trail.take(earlier, beside));
    else if (!this.exchange.sent && !this.exchange.beside && !this.draft?.reopened) this.trail = new Trail(earlier);
    this.drawBar();
  }

  goBeyond({ later }, answer) {
    const isStillThere = this.askedFrom === this.draft && !this.draft?.steps.length;
    this.askedFrom = undefined;
    if (isStillThere && answer) this.reopen(answer);
    else if (isStillThere && later) this.leave();
  }

  leave() {
    if (this.draft?.reopened) this.exchange.drafts.remove(this.draft.sentence.sentence_id);
    this.say("Left as it was.");
    this.showNext();
  }

  mayEscape = () => this.asking || Boolean(this.draft?.reopened);

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
    if (step(this.draft, this.look(), { marks })) this.changed();
    else this.drawWords();
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

  /** Paint from where the stretch began; drawn in again, it gives back what was there. */
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
      const boxes = this.view.words.map((word) => word.getBoundingClientRect());
      return lineNeighbour(boxes, this.at, where === "up" ? -1 : 1);
    }
    const forward = (where === "right") !== this.view.text.classList.contains("rtl");
    return Math.min(last, Math.max(0, this.at + (forward ? 1 : -1)));
  }

  choose(index) {
    if (!this.draft || !this.data.labels[index] || this.data.labels[index].retired) return;
    this.missing = false;
    if (step(this.draft, this.look(), { label: index })) this.say(`Label: ${this.data.labels[index].name}`);
    this.changed();
  }

  chooseBeside(direction) {
    if (!this.draft) return;
    const offered = this.data.labels.map((_, index) => index).filter((index) => !this.data.labels[index].retired);
    const at = this.draft.label === null ? (direction > 0 ? -1 : 0) : offered.indexOf(this.draft.label);
    this.choose(offered[(at + direction + offered.length) % offered.length]);
    this.view.labels[this.draft.label].focus();
  }

  switchMode() {
    this.markingMode = this.markingMode === "+" ? "-" : "+";
    this.say(this.markingMode === "-" ? "Marking words that must not matter." : "Marking reasons.");
    this.drawBar();
  }

  // ---- the model, as this person wants to see it

  look() {
    const { view, strength } = this.exchange.preferences.get();
    return { mode: this.data.saliency_mode, view, strength, seconds: this.elapsed() };
  }

  dim() {
    const strength = (this.exchange.preferences.get().strength + STRENGTHS.length - 1) % STRENGTHS.length;
    this.lookAnew({ strength }, `${STRENGTHS[strength]}.`);
  }

  switchView() {
    const view = this.exchange.preferences.get().view === "gradient" ? "input_x_gradient" : "gradient";
    this.lookAnew({ view }, `Shading by ${VIEWS[view]}.`);
  }

  lookAnew(changes, said) {
    if (!this.draft?.sentence.saliency) return;
    this.exchange.preferences.save(changes);
    showModel(this.draft, this.look());
    this.say(said);
    this.keepDraft();
    this.draw();
  }

  // ---- the guidelines: unfolded until this version of them is folded

  switchGuidelines() {
    const version = this.data.guidelines?.version;
    if (!version) return;
    this.exchange.preferences.save({ foldedGuidelines: this.readsGuidelines() ? version : 0 });
    this.draw();
  }

  readsGuidelines() {
    const { guidelines } = this.data;
    return Boolean(guidelines) && this.exchange.preferences.get().foldedGuidelines !== guidelines.version;
  }

  hasLetters = () => this.exchange.preferences.get().letters;

  switchLetters() {
    this.exchange.preferences.save({ letters: !this.hasLetters() });
    this.say(this.hasLetters() ? "Letters and digits are keys." : "Letters and digits are no keys.");
    drawLetters(this.view, this.hasLetters());
  }

  flag() {
    if (!this.draft) return;
    this.draft.flagged = !this.draft.flagged;
    this.say(this.draft.flagged ? "Flagged for discussion." : "Not flagged any more.");
    this.keepDraft();
    this.drawAside();
  }

  openNote() {
    if (!this.draft) return;
    this.writing = true;
    this.drawAside();
    this.view.note.focus();
  }

  takeNote() {
    this.draft.note = this.view.note.value;
    this.keepDraft();
  }

  closeNote() {
    this.writing = false;
    this.drawAside();
    this.focusWord();
  }

  showsKeys = () => this.view.keys.open;

  switchKeys() {
    if (this.showsKeys()) this.view.keys.close();
    else this.view.keys.showModal();
  }

  changed() {
    this.asking = false;
    this.keepDraft();
    this.draw();
  }

  /** Says whether a reload would find the draft. A reopened answer is not kept: leaving it writes nothing. */
  keepDraft() {
    if (this.draft !== this.front) return false;
    // Another page of the same person may be further with this sentence.
    if ((this.exchange.drafts.read(this.draft.sentence.sentence_id)?.edits ?? 0) > this.draft.edits) return false;
    return this.exchange.drafts.save(this.draft.sentence.sentence_id, kept(this.draft));
  }

  // ---- the clock: only the time in which the sentence was to be seen

  pause() {
    if (!this.draft || this.startedMs === null) return;
    this.draft.seconds = this.elapsed();
    this.startedMs = null;
    this.keepDraft();
  }

  /** The page is seen again; what was done on another one meanwhile is asked for. */
  seeAgain() {
    this.resume();
    if (this.data) this.exchange.sync();
  }

  resume() {
    this.startedMs = document.hidden ? null : performance.now();
  }

  /** Seconds on the draft's clock. */
  elapsed() {
    const running = this.startedMs ? performance.now() - this.startedMs : 0;
    return (this.draft?.seconds ?? 0) + running / 1000;
  }

  // ---- drawing

  draw() {
    const { view, draft } = this;
    view.reopened.hidden = !draft?.reopened;
    view.sheet.hidden = !draft;
    view.nothing.hidden = Boolean(draft);
    drawTold(view, this.exchange.told, this.dismiss);
    this.drawTop();
    this.drawBar();
    drawGuidelines(view, this.readsGuidelines());
    drawLetters(view, this.hasLetters());
    if (!draft) return;
    if (this.readsGuidelines()) draft.guidelines = this.data.guidelines.version;
    drawLabels(view, draft.label, this.missing);
    this.drawWords();
    this.drawModel();
    this.drawAside();
    view.text.classList.toggle("unneeded", !this.takesRationale());
    view.reason.textContent = this.takesRationale()
      ? draft.sentence.reason
      : `No marks are needed for \u201c${this.data.labels[draft.label].name}\u201d.`;
  }

  drawWords(marks = this.draft.marks) {
    const { tokens } = this.draft.sentence;
    const levels = this.levels();
    drawWords(this.view, { tokens, marks, shades: levels, cursor: this.at });
  }

  /** A step of shading for each word, reckoned once a sentence and view. */
  levels() {
    const { sentence } = this.draft;
    const view = viewOf(this.draft);
    if (this.shaded?.sentence !== sentence || this.shaded.view !== view) {
      const saliency = view ? sentence.saliency[view] : sentence.tokens.map(() => 0);
      this.shaded = { sentence, view, levels: shades(saliency) };
    }
    return this.shaded.levels;
  }

  drawModel() {
    const { sentence } = this.draft;
    const { view, strength } = this.exchange.preferences.get();
    drawModel(this.view, {
      guess: viewOf(this.draft) ? this.data.labels[sentence.guess].name : null,
      strength: STRENGTHS[strength],
      isFaint: strength === 1,
      viewName: VIEWS[view],
      canChoose: Boolean(sentence.saliency) && this.data.saliency_mode !== "never",
    });
  }

  preview(marks) {
    if (this.draft) this.drawWords(marks);
  }

  drawAside() {
    drawAside(this.view, this.draft, { writing: this.writing, takesMarks: this.takesRationale() });
  }

  drawTop() {
    const { done, all, share } = progressOf(this.data, this.exchange.unsaved());
    const saved = this.exchange.saved();
    const isTrouble = saved.state === "trouble";
    if (isTrouble !== this.inTrouble && (isTrouble || saved.state === "saved")) {
      this.inTrouble = isTrouble;
      const waits = this.exchange.isKept() ? "your answers wait in this browser" : "stay on this page, for this browser keeps nothing";
      this.say(isTrouble ? `Saving has stopped for now; ${waits}.` : "Your answers are stored again.");
    }
    const count = this.draft ? `Sentence ${Math.min(done + 1, all)} of ${all}` : `${done} of ${all} answered`;
    drawTop(this.view, { count: this.draft?.reopened ? "An earlier sentence" : count, share, ...saved });
    const notice = this.exchange.waiting ? "" : this.data.notice;
    this.view.notice.textContent = isTrouble ? (this.exchange.isKept() ? WAITING : WAITING_HERE) : notice;
  }

  drawBar() {
    const { view, draft } = this;
    drawQuestion(view, this.asking, this);
    for (const name of ["mode", "skip", "submit"]) view[name].hidden = !draft;
    view.undo.disabled = !draft?.steps.length && !this.trail.before(draft?.reopened) && !this.trail.beyond(false);
    view.redo.disabled = !draft?.undone.length && !draft?.reopened;
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

  say(text) {
    this.view.live.textContent = text;
  }

  dismiss(message) {
    this.exchange.forget(message);
    this.draw();
  }
}

// The next sentence first: what is sent keeps the browser busy. Where no frame comes, the tick sends it.
const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work, 0));

// Safari has no requestIdleCallback.
const whenIdle = (work) => (window.requestIdleCallback ?? setTimeout)(work);

/** Let every method be handed over as it is. */
function bindAll(object) {
  const { prototype } = object.constructor;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== "constructor") object[name] = prototype[name].bind(object);
  }
}

// "Connection error" traps the focus, although marking goes on; our saved state says what is not saved.
function closeStreamlitsDialog() {
  document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]')?.click();
}
