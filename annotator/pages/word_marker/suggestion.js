// A language model's suggestion for the sentence on the page. It comes into view after the person's own first
// mark, changes nothing by itself, and is theirs to take over.

import { isSuggestionInView, takeSuggestion } from "./draft.js";
import { isTakenOver } from "./marks.js";
import { drawSuggestion } from "./view.js";

const NO_WORDS = new Set();

export class Suggestion {
  constructor(marker) {
    this.marker = marker;
    this.announced = null; // the draft whose suggestion has been announced to screen readers
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.announced = this.isInView() ? this.marker.draft : null;
  }

  /** Return whether the project has any suggestions: without one, their key does nothing. */
  areHere() {
    return Boolean(this.marker.data?.suggests);
  }

  isInView() {
    const { draft, data } = this.marker;
    return isSuggestionInView(draft) && !data.labels[draft.sentence.suggestion.label].retired;
  }

  /** Return the words that are underlined, as indices. */
  words() {
    return this.isInView() ? new Set(this.marker.draft.sentence.suggestion.words) : NO_WORDS;
  }

  takeOver() {
    const { marker } = this;
    if (!this.isInView()) return;
    const isNew = takeSuggestion(marker.draft, marker.look());
    marker.say(isNew ? `Taken over: ${this.name()}.` : "Your answer is already the same.");
    marker.changed();
  }

  name() {
    const { draft, data } = this.marker;
    return data.labels[draft.sentence.suggestion.label].name;
  }

  draw() {
    const { view, draft } = this.marker;
    const { suggestion } = draft.sentence;
    const isInView = this.isInView();
    drawSuggestion(view, {
      isHere: Boolean(suggestion),
      isInView,
      label: isInView ? this.name() : "",
      isSame: isInView && draft.label === suggestion.label && isTakenOver(draft.marks, suggestion.words),
      areAny: this.areHere(),
    });
    if (!isInView || this.announced === draft) return;
    this.announced = draft;
    this.marker.say(`A language model suggests ${this.name()}.${this.marker.display.hasLetters() ? " Press a to take it over." : ""}`);
  }
}
