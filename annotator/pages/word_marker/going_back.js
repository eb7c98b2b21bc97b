// Undo and redo: through the steps of the draft, and then through this person's earlier answers.

import { draftOf, startDraft, stepBack, stepForward } from "./draft.js";
import { Trail } from "./trail.js";

export class GoingBack {
  constructor(marker) {
    this.marker = marker;
    this.trail = new Trail();
    this.askedFrom = undefined; // the draft on the page when answers past the end of the trail were asked for
  }

  /** Begin for another person. */
  reset() {
    this.trail = new Trail();
    this.askedFrom = undefined;
  }

  undo() {
    const { draft } = this.marker;
    if (draft && stepBack(draft)) return this.retraced("Undone.");
    const earlier = this.trail.before(draft?.reopened);
    if (earlier) return this.reopen(earlier);
    if (!this.trail.beyond(false)) return this.marker.say("Nothing to undo.");
    this.marker.say("Looking for earlier answers.");
    return this.askBeyond(false);
  }

  redo() {
    const { draft } = this.marker;
    if (draft && stepForward(draft)) return this.retraced("Redone.");
    if (!draft?.reopened) return this.marker.say("Nothing to redo.");
    const later = this.trail.after(draft.reopened);
    if (later) return this.reopen(later);
    if (!this.trail.beyond(true)) return this.leave();
    this.marker.say("Looking for later answers.");
    return this.askBeyond(true);
  }

  canUndo() {
    const { draft } = this.marker;
    return Boolean(draft?.steps.length || this.trail.before(draft?.reopened) || this.trail.beyond(false));
  }

  canRedo() {
    const { draft } = this.marker;
    return Boolean(draft?.undone.length || draft?.reopened);
  }

  /** Return how many answers of this person are known here, of the newest ones. */
  given() {
    return this.trail.newest.answers.filter(({ kind }) => kind === "answer").length;
  }

  retraced(message) {
    this.marker.say(message);
    this.marker.changed();
  }

  /** Ask the server for the answers past the end of the trail. */
  askBeyond(later) {
    this.askedFrom = this.marker.draft;
    this.marker.exchange.askForNeighbours(this.trail.beyond(later));
  }

  /** Put an earlier answer on the page as a draft. */
  reopen(answer) {
    const { marker } = this;
    const { label, marks, noWord, note, flagged } = draftOf(answer);
    const refused = marker.exchange.drafts.read(answer.sentence_id); // a correction that the server refused
    marker.open(startDraft(answer, marker.look(), { label, marks, noWord, note, flagged, ...refused, reopened: answer }));
    marker.say(answer.kind === "skip"
      ? "You skipped this sentence. Submit an answer, or press Escape to leave it skipped."
      : "This is an earlier answer. Submit to replace it, or press Escape to leave it unchanged.");
  }

  /** Go to an answer that was chosen on another page, such as My work. */
  goTo(answer) {
    this.reopen(this.trail.goTo(answer));
  }

  /** Leave the earlier answer on the page as it was. */
  leave() {
    const { draft, exchange } = this.marker;
    if (draft?.reopened) exchange.drafts.remove(draft.sentence.sentence_id);
    this.marker.say("Left unchanged.");
    this.marker.showNext();
  }

  /** Let undo begin at the newest answer again. */
  comeBack() {
    this.trail.comeBack();
  }

  /** Remember an answer as it was on the page: undo restores the marks of a skip as well. */
  remember({ sentence, reopened, label, marks, noWord }, { key, kind, note, flagged }) {
    this.trail.remember({ ...sentence, key, kind, label, marks: marks.join(""), noWord, note, flagged }, reopened);
  }

  /** Take answers from before this page was loaded: first the newest, later those that undo or redo asked for. */
  takeAnswers({ earlier, beside: askedFor }) {
    const { exchange, draft } = this.marker;
    if (!earlier) return;
    if (askedFor) this.goBeyond(askedFor, this.trail.take(earlier, askedFor));
    else if (!exchange.sent && !exchange.neighboursOf && !draft?.reopened) this.trail = new Trail(earlier);
    this.marker.drawBar();
  }

  /** Go to the answer that was asked for, unless the person has done something else since. */
  goBeyond({ later }, answer) {
    const { draft } = this.marker;
    const isUnmoved = this.askedFrom === draft && !draft?.steps.length;
    this.askedFrom = undefined;
    if (isUnmoved && answer) this.reopen(answer);
    else if (isUnmoved && later) this.leave();
  }
}
