// The answers that undo and redo step through, oldest first: a stretch of this person's answers. Usually
// that is the newest stretch; around an answer that was chosen in My work it is another, earlier one.

const REOPENABLE = 500;

export class Trail {
  constructor(answers = []) {
    this.newest = { answers, reachesFirst: false };
    this.stretch = this.newest;
  }

  /** Go to an answer that was chosen on another page. Return the trail's own copy of it. */
  goTo(answer) {
    const known = this.newest.answers.find(({ key }) => key === answer.key);
    this.stretch = known ? this.newest : { answers: [answer], reachesFirst: false };
    return known ?? answer;
  }

  /** Let undo begin at the newest answer again, when no earlier answer is on the page. */
  comeBack() {
    this.stretch = this.newest;
  }

  /** Return the answer before this one, or the newest if `answer` is null. */
  before(answer) {
    const { answers } = this.stretch;
    return answers[(answer ? answers.indexOf(answer) : answers.length) - 1] ?? null;
  }

  after(answer) {
    const { answers } = this.stretch;
    return answers[answers.indexOf(answer) + 1] ?? null;
  }

  /** Return what to ask the server for at the end of the stretch, or null if there is nothing beyond it. */
  beyond(later) {
    const { answers, reachesFirst } = this.stretch;
    const isEnd = later ? this.stretch === this.newest : reachesFirst;
    return isEnd || !answers.length ? null : { key: answers.at(later ? -1 : 0).key, later };
  }

  /** Add a new answer, or one that replaces `reopened`. */
  remember(answer, reopened) {
    const others = this.newest.answers.filter((each) => each !== reopened && each.sentence_id !== answer.sentence_id);
    this.newest.answers = [...others, answer].slice(-REOPENABLE);
    this.newest.reachesFirst &&= others.length < REOPENABLE;
    this.comeBack();
  }

  /** Add answers from beyond the stretch if they are the ones asked for. Return the nearest of them, or null. */
  take(arrived, { key, later }) {
    if (this.beyond(later)?.key !== key) return null;
    return later ? this.takeLater(arrived) : this.takeEarlier(arrived);
  }

  takeEarlier(arrived) {
    const fresh = this.notHere(arrived);
    this.stretch.reachesFirst = !arrived.length;
    this.stretch.answers.unshift(...fresh);
    return fresh.at(-1) ?? null;
  }

  takeLater(arrived) {
    const { answers } = this.stretch;
    const at = answers.length;
    const meeting = arrived.findIndex(({ key }) => this.newest.answers.some((each) => each.key === key));
    if (meeting < 0) answers.push(...this.notHere(arrived));
    else {
      const between = [...answers, ...this.notHere(arrived.slice(0, meeting))];
      this.newest = { answers: [...between, ...this.newest.answers], reachesFirst: this.stretch.reachesFirst };
      this.comeBack();
    }
    return this.stretch.answers[at] ?? null;
  }

  /** Return the answers whose sentences have no newer answer here, which may still be on its way. */
  notHere(arrived) {
    const here = new Set([...this.newest.answers, ...this.stretch.answers].map(({ sentence_id }) => sentence_id));
    return arrived.filter(({ sentence_id }) => !here.has(sentence_id));
  }
}
