// The words of the sentence on the page: the cursor, what a gesture marks, and the model's shading.

import { step, viewOf } from "./draft.js";
import { hasReason, lineNeighbour, paint, seenNeighbour, shades, signFor } from "./marks.js";
import { drawWords } from "./sentence_view.js";

export class Words {
  constructor(marker) {
    this.marker = marker;
    this.mode = "+"; // what a gesture marks: "+" reasons, "-" words that must not matter
    this.stretch = null; // what shift and arrows paint: the marks before it, its first word, and the marks with it
    this.shading = null; // the last shading computed, and for which sentence and view
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.mode = "+";
  }

  /** The word that the keys act on; the draft keeps it, so that a person who comes back to a long text finds their place. */
  get cursor() {
    return Math.min(this.marker.draft?.place ?? 0, this.marker.view.words.length - 1);
  }

  set cursor(index) {
    if (this.marker.draft) this.marker.draft.place = index;
  }

  marks() {
    return this.marker.draft?.marks ?? [];
  }

  /** Return whether words can be marked now, and say so if the label takes no marks. */
  mayMark() {
    const { draft, labels } = this.marker;
    if (!draft) return false;
    if (!labels.takesMarks()) this.marker.say("This label needs no marks.");
    return labels.takesMarks();
  }

  mark(marks, cursor) {
    this.cursor = cursor;
    const isNew = step(this.marker.draft, this.marker.look(), { marks });
    if (isNew) this.marker.changed();
    else this.draw();
    if (isNew && hasReason(marks)) this.marker.tour.saw("marks");
    this.focus();
  }

  /** Mark the word at the cursor, or clear it; `forced` is the mark to use in any mode. */
  toggle(forced) {
    if (!this.mayMark()) return;
    this.showCursor(true);
    const marks = this.marks();
    const sign = signFor(marks[this.cursor], forced ?? this.mode, Boolean(forced));
    this.mark(paint(marks, this.cursor, this.cursor, sign), this.cursor);
  }

  move(where) {
    if (!this.marker.draft) return;
    this.showCursor(true);
    this.cursor = this.wordAt(where);
    this.stretch = null;
    this.draw();
    this.focus();
  }

  /** Paint from the first word of the stretch; making it shorter restores the marks from before. */
  extend(where, forced) {
    if (!this.mayMark()) return;
    this.showCursor(true);
    if (this.stretch?.marks !== this.marks()) this.stretch = { base: this.marks(), anchor: this.cursor };
    const { base, anchor } = this.stretch;
    const cursor = this.wordAt(where);
    this.mark(paint(base, anchor, cursor, forced ?? this.mode), cursor);
    this.stretch.marks = this.marks();
  }

  wordAt(where) {
    const { view } = this.marker;
    const last = view.words.length - 1;
    if (where === "first") return 0;
    if (where === "last") return last;
    if (where === "up" || where === "down") {
      const boxes = view.words.map((word) => word.getBoundingClientRect());
      return lineNeighbour(boxes, this.cursor, where === "up" ? -1 : 1);
    }
    const isForward = (where === "right") !== view.text.classList.contains("rtl");
    return seenNeighbour(this.marker.draft.sentence.tokens, this.cursor, isForward ? 1 : -1);
  }

  switchMode() {
    this.mode = this.mode === "+" ? "-" : "+";
    this.marker.say(this.mode === "-" ? "Marking words that must not matter." : "Marking reasons.");
    this.marker.drawBar();
  }

  // ---- drawing

  draw(marks = this.marker.draft.marks) {
    const { view, draft } = this.marker;
    drawWords(view, { tokens: draft.sentence.tokens, marks, shades: this.levels(), suggested: this.marker.suggestion.words(), cursor: this.cursor });
  }

  /** Draw marks that a gesture may still change. */
  preview(marks) {
    if (this.marker.draft) this.draw(marks);
  }

  /** Return a level of shading per word, computed once per sentence and view. */
  levels() {
    const { sentence } = this.marker.draft;
    const view = viewOf(this.marker.draft);
    if (this.shading?.sentence !== sentence || this.shading.view !== view) {
      const saliency = view ? sentence.saliency[view] : sentence.tokens.map(() => 0);
      this.shading = { sentence, view, levels: shades(saliency) };
    }
    return this.shading.levels;
  }

  /** Show the cursor while the keyboard is in use, and hide it from the pointer. */
  showCursor(isShown) {
    this.marker.view.text.classList.toggle("by-keys", isShown);
  }

  focus({ scrolls = true } = {}) {
    const word = this.marker.view.words[this.cursor];
    word?.focus({ preventScroll: true });
    if (scrolls) word?.scrollIntoView({ block: "nearest" });
  }
}
