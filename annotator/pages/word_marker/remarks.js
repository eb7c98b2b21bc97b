// What a person adds to an answer: a flag for discussion, and a note.

import { switchFlag } from "./draft.js";
import { drawRemarks } from "./view.js";

export class Remarks {
  constructor(marker) {
    this.marker = marker;
    this.isWriting = false; // whether the note is open
  }

  /** Begin with a sentence that has just come onto the page. */
  reset() {
    this.isWriting = false;
  }

  flag() {
    const { draft } = this.marker;
    if (!draft) return;
    switchFlag(draft);
    this.marker.say(draft.flagged ? "Flagged for discussion." : "Flag removed.");
    this.marker.changed();
  }

  openNote() {
    if (!this.marker.draft) return;
    this.isWriting = true;
    this.draw();
    this.marker.view.note.focus();
  }

  takeNote() {
    this.marker.draft.note = this.marker.view.note.value;
    this.marker.keepDraft();
  }

  closeNote() {
    this.isWriting = false;
    this.draw();
    this.marker.words.focus();
  }

  draw() {
    const { view, draft, labels } = this.marker;
    drawRemarks(view, draft, { isWriting: this.isWriting, takesMarks: labels.takesMarks() });
  }
}
