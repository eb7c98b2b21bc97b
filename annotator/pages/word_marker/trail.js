// The answers that undo and redo walk over, oldest first: a stretch of what this person has said. Mostly
// that is the newest stretch; around an answer that was chosen in My work it is one away from it.

const REOPENABLE = 500;

export class Trail {
  constructor(answers = []) {
    this.newest = { answers, reachesFirst: false };
    this.stretch = this.newest;
  }

  /** Go to an answer that was chosen elsewhere; gives it as the trail knows it. */
  goTo(answer) {
    const known = this.newest.answers.find(({ key }) => key === answer.key);
    this.stretch = known ? this.newest : { answers: [answer], reachesFirst: false };
    return known ?? answer;
  }

  /** Nothing earlier is on the page any more: undo begins at the newest answer. */
  comeBack() {
    this.stretch = this.newest;
  }

  /** The answer before this one, or the last one before what is not answered yet. */
  before(answer) {
    const { answers } = this.stretch;
    return answers[(answer ? answers.indexOf(answer) : answers.length) - 1] ?? null;
  }

  after(answer) {
    const { answers } = this.stretch;
    return answers[answers.indexOf(answer) + 1] ?? null;
  }

  /** What to ask the server for when the stretch ends; null where there is nothing beyond. */
  beyond(later) {
    const { answers, reachesFirst } = this.stretch;
    const isEnd = later ? this.stretch === this.newest : reachesFirst;
    return isEnd || !answers.length ? null : { key: answers.at(later ? -1 : 0).key, later };
  }

  /** A new answer, or one that takes the place of `reopened`. */
  remember(answer, reopened) {
    const others = this.newest.answers.filter((each) => each !== reopened && each.sentence_id !== answer.sentence_id);
    this.newest.answers = [...others, answer].slice(-REOPENABLE);
    this.newest.reachesFirst &&= others.length < REOPENABLE;
    this.comeBack();
  }

  /** Take what lies beyond the stretch, as it was asked for; gives the answer next to it, or null. */
  take(found, { key, later }) {
    if (this.beyond(later)?.key !== key) return null;
    return later ? this.takeLater(found) : this.takeEarlier(found);
  }

  takeEarlier(found) {
    const fresh = this.notHere(found);
    this.stretch.reachesFirst = !found.length;
    this.stretch.answers.unshift(...fresh);
    return fresh.at(-1) ?? null;
  }

  takeLater(found) {
    const { answers } = this.stretch;
    const at = answers.length;
    const meeting = found.findIndex(({ key }) => this.newest.answers.some((each) => each.key === key));
    if (meeting < 0) answers.push(...this.notHere(found));
    else {
      const between = [...answers, ...this.notHere(found.slice(0, meeting))];
      this.newest = { answers: [...between, ...this.newest.answers], reachesFirst: this.stretch.reachesFirst };
      this.comeBack();
    }
    return this.stretch.answers[at] ?? null;
  }

  /** Without the sentences that have a newer answer here, which may be on its way still. */
  notHere(found) {
    const here = new Set([...this.newest.answers, ...this.stretch.answers].map(({ sentence_id }) => sentence_id));
    return found.filter(({ sentence_id }) => !here.has(sentence_id));
  }
}
