// What the tests of the modules share: storages of several kinds, and a sentence.

export class FakeStorage {
  getItem(name) { return this[name] ?? null; }
  setItem(name, value) { this[name] = value; }
  removeItem(name) { delete this[name]; }
}

export class ForgetsInSilence extends FakeStorage { setItem() {} }

export class FullAfter extends FakeStorage {
  #left;
  constructor(writes) { super(); this.#left = writes; }
  setItem(name, value) {
    if (!this.#left--) throw new Error("QuotaExceededError");
    super.setItem(name, value);
  }
}

export const look = (mode, changes) => ({ mode, view: "input_x_gradient", strength: 2, seconds: 3.14, ...changes });
export const marks = (text) => Array.from(text);
export const sentence = (changes = {}) => ({
  sentence_id: 7, text: "a b c", tokens: ["a", "b", "c"], starts: [0, 2, 4], round: 3, guess: 1, explained: 1, own_view: "input_x_gradient",
  saliency: { input_x_gradient: [0.2, 1, 0], gradient: [1, 0, 0] }, ...changes,
});
