// The labels, and which of them the draft has.

import { step } from "./draft.js";
import { arrange, digits, MANY, offered } from "./label_order.js";
import { createButtons, drawLabelHead, drawLabels, layOutLabels, showLabel } from "./label_view.js";

export class Labels {
  constructor(marker) {
    this.marker = marker;
    this.isMissing = false; // whether an answer was submitted without a label
    this.isUnfolded = false;
    this.shown = []; // the indices of the labels on the page, in their order
    this.byDigit = [];
    this.used = null; // how often each was chosen, as the order has it; a newer count would move them while people answer
    this.scrolledTo = null; // the chosen label that was scrolled to last
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.isMissing = false;
    this.scrolledTo = null;
    if (this.marker.view.labelSearch.value) this.search("");
  }

  /** Show the labels that the project has now. */
  show() {
    this.used = null;
    createButtons(this.marker.view, this.marker.data.labels, (index) => this.chooseHere(index));
    this.layOut();
  }

  isMany() {
    return offered(this.marker.data.labels).length >= MANY;
  }

  layOut() {
    const { view, data, display } = this.marker;
    const used = this.isMany() && display.preferences().mostUsedFirst ? (this.used ??= display.preferences().used) : null;
    const everything = arrange(data.labels, { used });
    const sections = view.labelSearch.value ? arrange(data.labels, { used, search: view.labelSearch.value }) : everything;
    this.shown = sections.flatMap(({ places }) => places);
    this.byDigit = digits(data.labels, everything);
    layOutLabels(view, data.labels, { sections: this.isMany() ? sections : [{ group: "", places: this.shown }], digits: this.byDigit, isMany: this.isMany() });
    this.drawHead();
  }

  drawHead() {
    const { view, data, display } = this.marker;
    const { isUnfolded } = this;
    drawLabelHead(view, { count: offered(data.labels).length, isUnfolded, mostUsedFirst: display.preferences().mostUsedFirst });
  }

  draw() {
    const { draft, view } = this.marker;
    const chosen = draft.label;
    drawLabels(view, { chosen, first: this.shown.includes(chosen) ? chosen : this.shown[0], isMissing: this.isMissing });
    if (chosen === null || chosen === this.scrolledTo || !this.shown.includes(chosen)) return;
    this.scrolledTo = chosen;
    showLabel(view, view.labels[chosen]);
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
    this.marker.tour.saw("label");
  }

  /** Choose the label of a digit, and leave the labels for the words: there the arrows do not choose another label. */
  chooseByDigit(digit) {
    this.choose(this.byDigit[digit - 1]);
    const { view, words } = this.marker;
    if (view.labels.includes(view.text.getRootNode().activeElement)) words.focus({ scrolls: false });
  }

  /** Choose a label, and go back to the words if it was searched for. */
  chooseHere(index) {
    const wasSearched = Boolean(this.marker.view.labelSearch.value);
    if (wasSearched) this.search("");
    this.choose(index);
    if (wasSearched) this.marker.words.focus({ scrolls: false });
  }

  /** Choose the label before (-1) or after (1) the chosen one. */
  chooseNeighbour(direction) {
    const { draft, view } = this.marker;
    if (!draft || !this.shown.length) return;
    const at = this.shown.indexOf(draft.label);
    const from = at < 0 && direction < 0 ? 0 : at;
    this.choose(this.shown[(from + direction + this.shown.length) % this.shown.length]);
    view.labels[draft.label].focus({ preventScroll: true });
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
    this.marker.view.labels[this.shown[0]]?.focus({ preventScroll: true });
  }

  // ---- many labels: search, order, and how many rows of them

  search(text) {
    this.marker.view.labelSearch.value = text;
    this.searchLabels();
  }

  searchLabels() {
    this.layOut();
    if (this.marker.draft) this.draw();
  }

  /** Go to the search, with what was typed on a label added to it. */
  find(typed = "") {
    const { labelSearch } = this.marker.view;
    if (!this.isMany()) return;
    labelSearch.focus({ preventScroll: true });
    if (typed) this.search(labelSearch.value + typed);
  }

  onSearchKey(event) {
    if (event.isComposing || !["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const { view, words } = this.marker;
    if (event.key === "ArrowDown") view.labels[this.shown[0]]?.focus({ preventScroll: true });
    else if (event.key === "Enter" && view.labelSearch.value) {
      if (this.shown.length) this.chooseHere(this.shown[0]);
    } else {
      this.search("");
      words.focus({ scrolls: false });
    }
  }

  switchMostUsed() {
    const { display } = this.marker;
    this.used = null;
    display.save({ mostUsedFirst: !display.preferences().mostUsedFirst });
    this.searchLabels();
  }

  unfold() {
    this.isUnfolded = !this.isUnfolded;
    this.scrolledTo = null;
    this.drawHead();
    if (this.marker.draft) this.draw();
  }

  /** Count a label that was submitted; the order follows the next time that the page is opened. */
  count(index) {
    const { data, display } = this.marker;
    const { used } = display.preferences();
    const { name } = data.labels[index];
    this.used ??= used;
    display.save({ used: { ...used, [name]: (used[name] ?? 0) + 1 } });
  }
}
