// How this person wants to see the page: the model's shading, the guidelines, and whether letters are shortcuts.

import { chosenView, isRevealed, showModel, viewOf } from "./draft.js";
import { TOUCH } from "./hint.js";
import { drawGuidelines, drawLetters, drawModel, showGuidelines } from "./view.js";

const STRENGTHS = ["off", "faint", "strong"];
const GRADIENT = "gradient";
/** Where the guidelines would leave no room for the sentence. */
const SMALL_WINDOW = "(max-width: 46rem), (max-width: 66rem) and (max-height: 40rem)";
const VIEWS = { evidence: "word evidence", input_x_gradient: "input × gradient" };

/** Return what people read as the name of a view; a model of another package may have one of its own. */
export const nameOf = (view) => VIEWS[view] ?? view.replaceAll("_", " ");

/** Return the other view of a sentence: the paper's gradient, or what its model shows of itself. */
export const otherView = (sentence, preferred) =>
  (chosenView(sentence, preferred) === GRADIENT ? sentence.own_view : GRADIENT);

export class Display {
  constructor(marker) {
    this.marker = marker;
    this.isUnfolded = false; // whether the guidelines are unfolded in a small window
    this.smallWindow = window.matchMedia(SMALL_WINDOW);
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.isUnfolded = false;
  }

  /** Draw again when the window has become small or large, or when a touch screen takes the place of a mouse. */
  listen(signal) {
    const drawAgain = () => this.marker.data && this.marker.draw();
    for (const query of [this.smallWindow, window.matchMedia(TOUCH)]) query.addEventListener("change", drawAgain, { signal });
  }

  preferences() {
    return this.marker.exchange.preferences.get();
  }

  save(changes) {
    this.marker.exchange.preferences.save(changes);
  }

  // ---- the model

  dim() {
    const strength = (this.preferences().strength + STRENGTHS.length - 1) % STRENGTHS.length;
    this.changeShading({ strength }, `Shading: ${STRENGTHS[strength]}.`);
  }

  switchView() {
    const sentence = this.marker.draft?.sentence;
    if (!sentence?.saliency || !this.marker.data.chooses_view) return;
    const view = otherView(sentence, this.preferences().view);
    this.changeShading({ view }, `Shading by ${nameOf(view)}.`);
  }

  changeShading(changes, message) {
    const { marker } = this;
    if (!marker.draft?.sentence.saliency) return;
    this.save(changes);
    showModel(marker.draft, marker.look());
    marker.say(message);
    marker.keepDraft();
    marker.draw();
  }

  drawModel() {
    const { view, draft, data } = this.marker;
    const { sentence } = draft;
    const preferences = this.preferences();
    drawModel(view, {
      guess: viewOf(draft) ? data.labels[sentence.guess].name : null,
      explained: viewOf(draft) ? data.labels[sentence.explained].name : null,
      strength: STRENGTHS[preferences.strength],
      isFaint: preferences.strength === 1,
      viewName: sentence.saliency ? nameOf(chosenView(sentence, preferences.view)) : "",
      isOwnView: viewOf(draft) !== GRADIENT || sentence.own_view === GRADIENT,
      isRevealed: isRevealed(draft, data.saliency_mode),
      choosesView: data.chooses_view,
    });
  }

  // ---- the guidelines: unfolded until the person folds this version of them; in a small window, folded until the
  // person unfolds them for the sentence on the page, which would otherwise be out of view

  showGuidelines() {
    showGuidelines(this.marker.view, this.marker.data.guidelines);
  }

  switchGuidelines() {
    const version = this.marker.data.guidelines?.version;
    if (!version) return;
    if (this.smallWindow.matches) this.isUnfolded = !this.isUnfolded;
    else this.save({ foldedGuidelines: this.readsGuidelines() ? version : 0 });
    this.marker.draw();
  }

  readsGuidelines() {
    const { guidelines } = this.marker.data;
    if (!guidelines) return false;
    return this.smallWindow.matches ? this.isUnfolded : this.preferences().foldedGuidelines !== guidelines.version;
  }

  drawGuidelines() {
    drawGuidelines(this.marker.view, this.readsGuidelines());
  }

  // ---- the shortcuts

  hasLetters() {
    return this.preferences().letters;
  }

  switchLetters() {
    this.save({ letters: !this.hasLetters() });
    this.marker.say(this.hasLetters() ? "Letter and digit shortcuts are on." : "Letter and digit shortcuts are off.");
    this.drawLetters();
  }

  drawLetters() {
    drawLetters(this.marker.view, this.hasLetters());
  }

  showsKeys() {
    return this.marker.view.keys.open;
  }

  switchKeys() {
    if (this.showsKeys()) this.marker.view.keys.close();
    else this.marker.view.keys.showModal();
  }
}
