// The word marker. Marks live here, in the browser: no click and no key runs a script on the server, and
// the next sentence is shown as soon as an answer is in the outbox.

import { Answering } from "./answering.js";
import { Clock } from "./clock.js";
import { closeStreamlitsDialog } from "./connection.js";
import { controlsOf } from "./controls.js";
import { watchLeaving } from "./delivery.js";
import { Display } from "./display.js";
import { isChanged, isTouched, kept, startDraft } from "./draft.js";
import { Exchange, reloadIfServed } from "./exchange.js";
import { GoingBack } from "./going_back.js";
import { isFocusFree, listenForKeys } from "./keyboard.js";
import { keepBarInLine } from "./layout.js";
import { Labels } from "./labels.js";
import { listenForPointer } from "./pointer.js";
import { Remarks } from "./remarks.js";
import { NextSentence, showSentence } from "./sentence_view.js";
import { Suggestion } from "./suggestion.js";
import { TopLine } from "./top_line.js";
import { Tour } from "./tour.js";
import { createView, drawBar, drawFrame, drawNotices, drawReason } from "./view.js";
import { Words } from "./words.js";

const TICK_MS = 1000;
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
  // Streamlit may clean up after a call that a newer one has replaced: the marker is in use while it is on the page.
  return () => setTimeout(() => (parentElement.host ?? parentElement).isConnected || close(), 0);
}

/** The draft on the page, and the parts that work on it. Each part knows the marker, and through it the others. */
class Marker {
  constructor(parent) {
    this.data = null; // what the server sent last
    this.draft = null; // the draft on the page
    this.front = null; // the draft of the sentence to answer next; differs from `draft` while going back
    this.exchange = new Exchange();
    this.clock = new Clock();
    this.words = new Words(this);
    this.labels = new Labels(this);
    this.answering = new Answering(this);
    this.goingBack = new GoingBack(this);
    this.display = new Display(this);
    this.remarks = new Remarks(this);
    this.suggestion = new Suggestion(this);
    this.topLine = new TopLine(this);
    this.tour = new Tour(this);
    this.next = new NextSentence();
    const controls = controlsOf(this);
    this.view = createView(parent, controls);
    this.life = new AbortController();
    this.listen(parent, controls);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  listen(parent, controls) {
    const { signal } = this.life;
    const seenOrHidden = () => (document.hidden ? this.pause() : this.resume());
    listenForPointer(this.view.text, this.words, signal);
    listenForKeys(parent, controls, signal);
    this.display.listen(signal);
    keepBarInLine(this.view, signal);
    window.addEventListener("pagehide", () => this.pause(), { signal });
    document.addEventListener("visibilitychange", seenOrHidden, { signal });
  }

  close() {
    this.pause();
    clearInterval(this.timer);
    this.life.abort();
    this.view.page.remove();
    this.view.bar.remove();
  }

  tick() {
    if (!this.data) return;
    this.exchange.tick();
    if (this.exchange.isCutOff() && !document.hidden) {
      this.exchange.waitAgain();
      reloadIfServed(() => this.isKept());
    }
    closeStreamlitsDialog();
    this.topLine.draw();
  }

  // ---- what the server sends

  receive(data, send) {
    const before = this.data;
    this.data = data;
    const isNewPerson = this.exchange.update(data, send);
    if (isNewPerson) {
      this.draft = this.front = null;
      this.goingBack.reset();
      this.tour.begin(data.earlier ?? []);
    }
    if (!before || before.guidelines?.version !== data.guidelines?.version) this.display.showGuidelines();
    if (isNewPerson || JSON.stringify(before?.labels) !== JSON.stringify(data.labels)) this.labels.show();
    if (isNewPerson || !this.draft) this.showNext();
    else if (this.exchange.wasAnsweredElsewhere() && this.draft === this.front) this.yieldToOtherPage();
    else {
      this.labels.dropRetired();
      this.draw();
    }
    if (!before && isFocusFree()) this.words.focus({ scrolls: Boolean(this.draft?.place) });
    this.goingBack.takeAnswers(data);
    if (data.reopen && before?.reopen?.key !== data.reopen.key) this.goingBack.goTo(data.reopen);
  }

  /** Show the next sentence, because this one was answered on another page, unless work here would be lost. */
  yieldToOtherPage() {
    if (isTouched(this.draft)) {
      this.exchange.notify("You have also answered this sentence on another page. Submitting here replaces that answer.");
      this.draw();
      return;
    }
    this.exchange.drop();
    this.front = null;
    this.say("Answered on another page. Next sentence.");
    this.showNext();
  }

  // ---- the draft on the page

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
    if (!draft?.reopened) this.goingBack.comeBack();
    this.labels.dropRetired();
    for (const part of [this.answering, this.display, this.labels, this.remarks, this.suggestion, this.words]) part.reset();
    if (draft) {
      showSentence(this.view, this.next.take(draft.sentence));
      this.next.buildWhenIdle(() => this.exchange.held[1]);
    }
    this.clock.start();
    this.draw();
    if (hadFocus) this.words.focus({ scrolls: Boolean(draft?.place) });
  }

  /** Keep and draw the draft after it has taken a step. */
  changed() {
    this.answering.reset();
    this.keepDraft();
    this.draw();
  }

  /** Return how the person sees the model now, for the draft's record of what was shown. */
  look() {
    const { view, strength } = this.display.preferences();
    const { saliency_mode: mode, labels } = this.data;
    return { mode, view, strength, labels, seconds: this.clock.secondsOf(this.draft) };
  }

  /** Return whether a reload would find the draft. A reopened answer is not kept: leaving it writes nothing. */
  keepDraft() {
    if (this.draft !== this.front) return false;
    const { sentence_id } = this.draft.sentence;
    // Another page of the same person may have done more on this sentence.
    if ((this.exchange.drafts.read(sentence_id)?.edits ?? 0) > this.draft.edits) return false;
    return this.exchange.drafts.save(sentence_id, kept(this.draft));
  }

  /** Return whether a reload would find all that is on the page: the answers on their way, and the draft. */
  isKept() {
    return this.exchange.isKept() && this.isDraftKept();
  }

  isDraftKept() {
    const { draft } = this;
    if (!draft) return true;
    if (draft.reopened) return !isChanged(draft);
    return this.keepDraft() || !isTouched(draft);
  }

  pause() {
    if (this.clock.stop(this.draft)) this.keepDraft();
  }

  /** Start the clock when the page is visible again, and ask what was done on other pages. */
  resume() {
    this.clock.start();
    if (this.data) this.exchange.sync();
  }

  // ---- drawing

  draw() {
    const { view, draft, display } = this;
    drawFrame(view, draft);
    drawNotices(view, this.exchange.notices, (notice) => {
      this.exchange.dismiss(notice);
      this.draw();
    });
    this.topLine.draw();
    this.drawBar();
    display.drawGuidelines();
    display.drawLetters();
    this.tour.draw();
    if (draft) this.drawDraft();
  }

  drawDraft() {
    const { view, draft, display } = this;
    if (display.readsGuidelines()) draft.guidelines = this.data.guidelines.version;
    for (const part of [this.labels, this.words, this.suggestion, this.remarks]) part.draw();
    display.drawModel();
    drawReason(view, draft.sentence, this.labels.takesMarks() ? null : this.data.labels[draft.label].name);
  }

  drawBar() {
    const { draft, goingBack } = this;
    this.answering.draw();
    drawBar(this.view, draft, {
      marksUnneeded: this.words.mode === "-",
      canUndo: goingBack.canUndo(),
      canRedo: goingBack.canRedo(),
    });
  }

  /** Announce something to screen readers. */
  say(text) {
    this.view.live.textContent = text;
  }
}
