// From a draft to an answer: submit, skip, and the question that a submission without marks raises.

import { answerOf, step } from "./draft.js";
import { drawHint, hintFor, isTouch } from "./hint.js";
import { hasReason } from "./marks.js";
import { newKey } from "./outbox.js";
import { drawQuestion } from "./view.js";

export class Answering {
  constructor(marker) {
    this.marker = marker;
    this.isAsking = false; // whether the page asks if no word matters in particular
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.isAsking = false;
  }

  submit() {
    const { draft, labels } = this.marker;
    if (!draft) return;
    if (draft.label === null) {
      labels.askForOne();
      return;
    }
    if (labels.takesMarks() && !hasReason(draft.marks) && !draft.noWord) {
      if (!this.isAsking) {
        this.ask();
        return;
      }
      this.switchNoWord();
    }
    this.finish("answer");
  }

  skip() {
    const { draft, goingBack } = this.marker;
    if (draft?.reopened) goingBack.leave();
    else if (draft) this.finish("skip");
  }

  finish(kind) {
    const { marker } = this;
    marker.pause();
    const { draft } = marker;
    const answer = answerOf(draft, { kind, key: newKey(), takesRationale: marker.labels.takesMarks() });
    if (answer.label !== null) marker.labels.count(answer.label);
    marker.exchange.put(answer, Boolean(draft.reopened));
    marker.goingBack.remember(draft, answer);
    if (!draft.reopened) marker.front = null;
    if (kind === "answer") marker.tour.saw("answer");
    marker.say(kind === "skip" ? "Skipped. Next sentence." : "Submitted. Next sentence.");
    marker.showNext();
    marker.view.page.scrollIntoView({ block: "start" });
    marker.words.focus({ scrolls: Boolean(marker.draft?.place) });
    afterPaint(() => marker.exchange.sync());
  }

  /** Ask whether no word matters in particular; a second Enter confirms it. */
  ask() {
    this.isAsking = true;
    this.marker.draw();
  }

  /** Record that no word matters in particular, or take that back. */
  switchNoWord() {
    const { marker } = this;
    if (!marker.words.mayMark()) return;
    const marks = marker.draft.marks.map((mark) => (mark === "+" ? "." : mark));
    step(marker.draft, marker.look(), { marks, noWord: !marker.draft.noWord });
    marker.say(marker.draft.noWord ? "No word in particular." : "Cleared.");
    marker.changed();
  }

  goBackToMarking() {
    this.isAsking = false;
    this.marker.draw();
    this.marker.words.focus();
  }

  mayEscape() {
    return this.isAsking || Boolean(this.marker.draft?.reopened);
  }

  escape() {
    if (this.isAsking) this.goBackToMarking();
    else if (this.marker.draft?.reopened) this.marker.goingBack.leave();
  }

  draw() {
    drawQuestion(this.marker.view, this.isAsking, () => this.goBackToMarking());
    drawHint(this.marker.view, this.hint());
  }

  hint() {
    const { draft, data, goingBack, labels, tour } = this.marker;
    if (!draft || draft.reopened || tour.isOpen()) return "";
    const label = draft.label === null ? null : data.labels[draft.label].name;
    return hintFor({ given: goingBack.given(), label, takesMarks: labels.takesMarks(), isTouch: isTouch() });
  }
}

// Draw the next sentence before sending, because sending keeps the browser busy. If no frame comes, the tick sends.
const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work, 0));
