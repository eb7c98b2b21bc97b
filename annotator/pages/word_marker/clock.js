// The clock of a draft: it counts only the time during which the sentence could be seen.

export class Clock {
  constructor() {
    this.startedMs = null; // when it was last started; null while it is stopped
  }

  /** Start it, unless the page is hidden. */
  start() {
    this.startedMs = document.hidden ? null : performance.now();
  }

  /** Stop it and add the time to the draft. Return whether it was running. */
  stop(draft) {
    if (!draft || this.startedMs === null) return false;
    draft.seconds = this.secondsOf(draft);
    this.startedMs = null;
    return true;
  }

  /** Return the seconds spent on the draft so far. */
  secondsOf(draft) {
    const runningMs = this.startedMs === null ? 0 : performance.now() - this.startedMs;
    return (draft?.seconds ?? 0) + runningMs / 1000;
  }
}
