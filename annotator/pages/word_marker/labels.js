// The labels, and which of them the draft has.

import { step } from "./draft.js";
import { drawLabels, showLabels } from "./view.js";

export class Labels {
  constructor(marker) {
    this.marker = marker;
    this.isMissing = false; // whether an answer was submitted without a label
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.isMissing = false;
  }

  /** Show the labels that the project has now. */
  show() {
    showLabels(this.marker.view, this.marker.data.labels, (index) => this.choose(index));
  }

  draw() {
    drawLabels(this.marker.view, this.marker.draft.label, this.isMissing);
  }

  /** Return whether words can be marked for this draft: some labels take no marks. */
  takesMarks() {
    const { draft, data } = this.marker;
    return draft.label === null || data.labels[draft.label].takes_rationale;
  }

  choose(index) {
    const { draft, data } = this.marker;
    if (!draft || !data.labels[index] || data.labels[index].retired) return;
    this.isMissing = false;
    if (step(draft, this.marker.look(), { label: index })) this.marker.say(`Label: ${data.labels[index].name}`);
    this.marker.changed();
  }

  /** Choose the label before (-1) or after (1) the chosen one. */
  chooseNeighbour(direction) {
    const { draft, data, view } = this.marker;
    if (!draft) return;
    const offered = data.labels.map((_, index) => index).filter((index) => !data.labels[index].retired);
    const at = draft.label === null ? (direction > 0 ? -1 : 0) : offered.indexOf(draft.label);
    this.choose(offered[(at + direction + offered.length) % offered.length]);
    view.labels[draft.label].focus();
  }

  /** Clear a label that has been retired since it was chosen; the marks stay. */
  dropRetired() {
    const { draft, data } = this.marker;
    if (draft && data.labels[draft.label]?.retired !== false) draft.label = null;
  }

  /** Ask for a label, because an answer needs one. */
  askForOne() {
    this.isMissing = true;
    this.marker.say("Choose a label first.");
    this.marker.draw();
    this.marker.view.labels.find((label) => !label.hidden)?.focus();
  }
}
