// The parts of the word marker that know no page, under node's own test runner.
// WHYLIGHT_MARKER names the module that the browser gets.

import assert from "node:assert/strict";
import { test } from "node:test";

const marker = await import(process.env.WHYLIGHT_MARKER);
const { blank, gaps, joinsNext, lineNeighbour, paint, shades, signFor, spokenName } = marker;
const { answerOf, countOthers, draftOf, isTouched, kept, newKey, openDrafts, openOutbox, openPreferences, progressOf, savedState, takeOver } = marker;
const { showModel, startDraft, step, stepBack, stepForward, Trail, viewOf } = marker;
const { Delivery, Forgetful, isChanged, keepsThings, openNotices, scopeOf } = marker;

class FakeStorage {
  getItem(name) { return this[name] ?? null; }
  setItem(name, value) { this[name] = value; }
  removeItem(name) { delete this[name]; }
}

class ForgetsInSilence extends FakeStorage { setItem() {} }

class FullAfter extends FakeStorage {
  #left;
  constructor(writes) { super(); this.#left = writes; }
  setItem(name, value) {
    if (!this.#left--) throw new Error("QuotaExceededError");
    super.setItem(name, value);
  }
}

const look = (mode, changes) => ({ mode, view: "input_x_gradient", strength: 2, seconds: 3.14, ...changes });
const marks = (text) => Array.from(text);
const sentence = (changes = {}) => ({
  sentence_id: 7, text: "a b c", tokens: ["a", "b", "c"], starts: [0, 2, 4], round: 3, guess: 1,
  saliency: { input_x_gradient: [0.2, 1, 0], gradient: [1, 0, 0] }, ...changes,
});

test("a range is painted from either end and leaves the old marks alone", () => {
  const before = marks(".-...");
  assert.equal(paint(before, 3, 1, "+").join(""), ".+++.");
  assert.equal(paint(before, 1, 3, ".").join(""), ".....");
  assert.equal(before.join(""), ".-...");
});

test("a second click clears, and a forced mark replaces the other kind", () => {
  assert.equal(signFor(".", "+"), "+");
  assert.equal(signFor("+", "+"), ".");
  assert.equal(signFor("-", "+"), ".");
  assert.equal(signFor("+", "-", true), "-");
  assert.equal(signFor("-", "-", true), ".");
});

test("neighbours join only with their own kind", () => {
  assert.deepEqual([0, 1, 2, 3].map((index) => joinsNext(marks("++-."), index)), [true, false, false, false]);
});

test("gaps count in code points, and together with the tokens they are the text", () => {
  const text = " 😀 Don't, she  said.";
  const tokens = ["😀", "Don't", ",", "she", "said", "."];
  const between = gaps(text, tokens, [1, 3, 8, 10, 15, 19]);
  assert.deepEqual(between, [" ", " ", "", " ", "  ", "", ""]);
  assert.equal(between[0] + tokens.map((token, index) => token + between[index + 1]).join(""), text);
});

test("only what speaks for the label is shaded, above the floor, the strongest in step 5", () => {
  assert.deepEqual(shades([2, -4, 0.5, 0.61, 4]), [3, 0, 0, 1, 5]);
  assert.deepEqual(shades([0, 0]), [0, 0]);
  assert.deepEqual(shades([]), []);
});

test("a screen reader hears mark and strength in words", () => {
  assert.equal(spokenName("tedious", "+", 4), "tedious, marked as a reason, strong model signal");
  assert.equal(spokenName("the", ".", 0), "the");
});

test("up and down find the nearest word of the next line, and stay at the edge", () => {
  const box = (left, top) => ({ left, top, width: 10, height: 10 });
  const boxes = [box(0, 0), box(50, 2), box(0, 20), box(40, 21), box(0, 40)];
  assert.equal(lineNeighbour(boxes, 1, 1), 3);
  assert.equal(lineNeighbour(boxes, 3, -1), 1);
  assert.equal(lineNeighbour(boxes, 3, 1), 4);
  assert.equal(lineNeighbour(boxes, 0, -1), 0);
});

test("shading waits for the first mark, whatever label is chosen, and remembers what was marked", () => {
  const draft = startDraft(sentence(), look("blind first"));
  step(draft, look("blind first"), { label: 1 });
  assert.equal(draft.marksAtReveal, null);
  step(draft, look("blind first"), { marks: marks("..+") });
  step(draft, look("blind first"), { marks: marks("+.+") });
  assert.equal(draft.marksAtReveal, "..+");
  stepBack(draft);
  stepBack(draft);
  const answer = answerOf(draft, { kind: "answer", key: "k", takesRationale: true });
  assert.deepEqual([answer.marks, answer.marks_at_reveal, answer.saliency_round], ["...", "..+", 3]);
});

test("a step that was taken back can be taken again, until another one is taken", () => {
  const draft = startDraft(sentence(), look("never"));
  step(draft, look("never"), { marks: marks("+..") });
  step(draft, look("never"), { label: 1 });
  assert.equal(stepForward(draft), false);
  stepBack(draft);
  stepBack(draft);
  assert.deepEqual([draft.marks.join(""), draft.label], ["...", null]);
  assert.equal(stepForward(draft), true);
  assert.deepEqual([draft.marks.join(""), draft.label], ["+..", null]);
  step(draft, look("never"), { marks: marks("..+") });
  assert.equal(stepForward(draft), false);
  stepBack(draft);
  assert.equal(draft.marks.join(""), "+..");
});

test("shading is there from the start in mode always, and never without saliency", () => {
  assert.equal(startDraft(sentence(), look("always")).marksAtReveal, "...");
  assert.equal(startDraft(sentence({ saliency: null }), look("always")).marksAtReveal, null);
  assert.equal(startDraft(sentence(), look("never"), { marks: "+.." }).marksAtReveal, null);
});

test("what of the model was in view is noted with its time, also when it is dimmed or seen another way", () => {
  const draft = startDraft(sentence(), look("blind first"));
  step(draft, look("blind first", { seconds: 2 }), { marks: marks("..+") });
  showModel(draft, look("blind first", { seconds: 3, view: "gradient", strength: 1 }));
  showModel(draft, look("blind first", { seconds: 4, view: "gradient", strength: 1 }));
  assert.equal(viewOf(draft), "gradient");
  showModel(draft, look("blind first", { seconds: 5.04, strength: 0 }));
  assert.equal(viewOf(draft), null);
  assert.deepEqual(answerOf(draft, { kind: "answer", key: "k", takesRationale: true }).shown, [
    { seconds: 2, view: "input_x_gradient", strength: 2 },
    { seconds: 3, view: "gradient", strength: 1 },
    { seconds: 5, view: null, strength: 0 },
  ]);
});

test("with the shading off the model never was in view, until it is turned on", () => {
  const off = look("blind first", { strength: 0 });
  const draft = startDraft(sentence(), off);
  step(draft, off, { marks: marks("+..") });
  assert.deepEqual([draft.marksAtReveal, draft.shown, viewOf(draft)], [null, [], null]);
  step(draft, off, { marks: marks("++.") });
  showModel(draft, look("blind first"));
  assert.deepEqual([draft.marksAtReveal, viewOf(draft)], ["++.", "input_x_gradient"]);
});

test("the time to the first mark and every change are counted", () => {
  const draft = startDraft(sentence(), look("never"));
  step(draft, look("never", { seconds: 1 }), { label: 1 });
  step(draft, look("never", { seconds: 2.26 }), { marks: marks("+..") });
  step(draft, look("never", { seconds: 9 }), { marks: marks("++.") });
  stepBack(draft);
  const { seconds_to_first_mark, edits } = answerOf(draft, { kind: "answer", key: "k", takesRationale: true });
  assert.deepEqual([seconds_to_first_mark, edits], [2.3, 4]);
});

test("no word in particular is said, not left out, and a mark takes it back", () => {
  const draft = startDraft(sentence(), look("never"));
  assert.equal(step(draft, look("never"), { noWord: true }), true);
  assert.equal(draft.noWord, true);
  step(draft, look("never"), { marks: marks("-..") });
  assert.equal(draft.noWord, true);
  step(draft, look("never"), { marks: marks("-+.") });
  assert.equal(draft.noWord, false);
  stepBack(draft);
  assert.equal(draft.noWord, true);
});

test("an answer becomes the draft again that it was", () => {
  const draft = startDraft(sentence(), look("always"), { guidelines: 4, note: "why", flagged: true });
  step(draft, look("always"), { marks: marks(".+-"), label: 1 });
  draft.seconds = 7.3;
  const again = startDraft(sentence(), look("always"), draftOf(answerOf(draft, { kind: "answer", key: "k", takesRationale: true })));
  assert.deepEqual(kept(again), { ...kept(draft), secondsToFirstMark: 3.1 });
});

test("preferences are kept over what is usual, and a browser that refuses to store has the usual ones", () => {
  const storage = new FakeStorage();
  openPreferences(storage, "p").save({ strength: 0 });
  assert.deepEqual(openPreferences(storage, "p").get(), {
    view: "input_x_gradient", strength: 0, foldedGuidelines: 0, letters: true,
  });
  assert.equal(openPreferences({ getItem() { throw new Error("SecurityError"); } }, "p").get().strength, 2);
});

test("a draft whose sentence has no saliency any more is drawn without it, and notes when that was", () => {
  const draft = startDraft(sentence(), look("blind first"));
  step(draft, look("blind first", { seconds: 2 }), { marks: marks("..+") });
  draft.seconds = 5;
  for (const [without, mode] of [[sentence({ saliency: null, guess: null, round: null }), "blind first"], [sentence(), "never"]]) {
    const again = startDraft(without, look(mode, { seconds: 99 }), kept(draft));
    assert.equal(viewOf(again), null);
    assert.deepEqual(again.shown.at(-1), { seconds: 5, view: null, strength: 0 });
    const answer = answerOf(again, { kind: "answer", key: "k", takesRationale: true });
    assert.deepEqual([answer.marks_at_reveal, answer.saliency_round], ["..+", 3], "the round whose shading was seen");
  }
});

test("what is in view from the start is noted by the draft's own clock", () => {
  const draft = startDraft(sentence(), look("always", { seconds: 40.2 }));
  assert.deepEqual(draft.shown.map(({ seconds }) => seconds), [0]);
});

test("a new label on words that are marked already is no first mark", () => {
  const draft = startDraft(sentence(), look("never"), { marks: "+..", label: 1 });
  step(draft, look("never"), { label: 2 });
  assert.equal(draft.secondsToFirstMark, null);
});

test("what undo keeps of a skip are its marks and its label", () => {
  const draft = draftOf({ kind: "skip", label: 1, marks: "+..", noWord: false, note: null, flagged: false });
  assert.deepEqual([draft.label, draft.marks, draft.noWord], [1, "+..", false]);
});

test("a draft is worth keeping that has been changed, noted or flagged", () => {
  assert.equal(isTouched(null), false);
  assert.equal(isTouched(kept(startDraft(sentence(), look("always")))), false);
  for (const change of [{ edits: 1 }, { note: "n" }, { flagged: true }]) assert.equal(isTouched(change), true);
});

test("what storage refuses is held in memory, is said, and outlives the marker that made it", () => {
  const memory = new Map();
  const full = Object.assign(new FakeStorage(), { setItem() { throw new Error("QuotaExceededError"); } });
  assert.equal(openOutbox(full, "w:p:1:", memory).put({ key: "a", at: 1, order: 1 }), false);
  assert.deepEqual(openOutbox(full, "w:p:1:", memory).answers().map(({ key }) => key), ["a"]);
  const said = savedState([{ key: "a" }], { trouble: "", sinceMs: 0, nowMs: 0, isKept: false });
  assert.deepEqual([said.state, said.stateText.includes("stay on this page")], ["trouble", true]);
});

test("an answer counts as kept only if it can be read back from where it outlives the page", () => {
  for (const [storage, isKept] of [
    [new FakeStorage(), true], [new Forgetful(), false], [new ForgetsInSilence(), false], [new FullAfter(1), false],
  ]) {
    const memory = new Map();
    const outbox = openOutbox(storage, "w:p:1:", memory);
    const puts = [outbox.put({ key: "a", at: 1, order: 1 }), outbox.put({ key: "b", at: 2, order: 2 })];
    assert.equal(puts[1], isKept, storage.constructor.name);
    assert.equal(outbox.isKept(), isKept, storage.constructor.name);
    assert.deepEqual(openOutbox(storage, "w:p:1:", memory).answers().map(({ key }) => key), ["a", "b"]);
  }
});

test("a browser is asked at the beginning whether it keeps things, and the question leaves nothing there", () => {
  const good = new FakeStorage();
  assert.deepEqual([keepsThings(good), Object.keys(good)], [true, []]);
  for (const storage of [new Forgetful(), new ForgetsInSilence(), new FullAfter(0), {}]) assert.equal(keepsThings(storage), false);
});

test("what a storage lost that was cleared is written again", () => {
  const storage = new FakeStorage();
  const outbox = openOutbox(storage, "w:p:1:");
  outbox.put({ key: "a", at: 1, order: 1 });
  storage.removeItem("w:p:1:a");
  assert.equal(outbox.isKept(), false);
  outbox.keepAgain();
  assert.equal(outbox.isKept(), true);
  assert.deepEqual(Object.keys(storage), ["w:p:1:a"]);
});

test("a draft says whether it is kept, and is held in memory where it is not", () => {
  const memory = new Map();
  assert.equal(openDrafts(new FakeStorage(), "d:").save(7, { marks: "+" }), true);
  const drafts = openDrafts(new ForgetsInSilence(), "d:", 0, memory);
  assert.equal(drafts.save(7, { marks: "+" }), false);
  assert.equal(openDrafts(new ForgetsInSilence(), "d:", 0, memory).read(7).marks, "+");
  drafts.remove(7);
  assert.equal(drafts.read(7), null);
});

test("what no server can acknowledge is no answer, and is set aside without being thrown away", () => {
  const storage = new FakeStorage();
  const odd = { a: "{", b: "null", c: "[1]", d: '{"key": 7}', e: '{"key": "other"}', f: '"text"', g: "{}" };
  for (const [name, text] of Object.entries(odd)) storage.setItem(`whylight:p:1:${name}`, text);
  const outbox = openOutbox(storage, "whylight:p:1:");
  outbox.put({ key: "good", at: "no time", order: null });
  assert.deepEqual(outbox.answers().map(({ key }) => key), ["good"]);
  assert.equal(outbox.setAside(), 7);
  assert.equal(outbox.setAside(), 0);
  assert.equal(storage.getItem("whylight-aside:whylight:p:1:a"), "{");
  assert.deepEqual(outbox.answers().map(({ key }) => key), ["good"]);
});

test("an answer that was opened again is changed by a step, its note or its flag", () => {
  const reopened = { note: "n", flagged: true };
  const draft = { edits: 0, note: "n", flagged: true, reopened };
  assert.equal(isChanged(draft), false);
  for (const change of [{ edits: 1 }, { note: "" }, { flagged: false }]) assert.equal(isChanged({ ...draft, ...change }), true);
});

/** A server that stores what it is sent, at most 200 at once, and refuses some. */
function deliver(data, storage, refuse = () => false) {
  globalThis.window = { localStorage: storage };
  const delivery = new Delivery();
  const stored = [];
  const send = ({ outbox }) => {
    const receipts = outbox.slice(0, 200).map(({ key }) => ({ key, state: refuse(key) ? "rejected" : "saved", message: `not ${key}` }));
    stored.push(...receipts.map(({ key }) => key));
    delivery.hear({ ...data, receipts }, send);
  };
  delivery.hear({ ...data, receipts: [] }, send);
  return { delivery, stored };
}

test("a session of 2,000 answers leaves nothing in the browser, and each is sent once", () => {
  const storage = new FakeStorage();
  const { delivery, stored } = deliver({ project: "p", person: "long" }, storage);
  for (let number = 0; number < 2000; number += 1) {
    delivery.drafts.save(number, { edits: 1 });
    delivery.drafts.remove(number);
    delivery.outbox.put({ key: `key-${number}`, at: number, order: number });
    if (number % 3 === 0) delivery.post();
  }
  delivery.post();
  assert.deepEqual([stored.length, new Set(stored).size, delivery.unsaved().length], [2000, 2000, 0]);
  assert.deepEqual(Object.keys(storage), []);
});

test("2,000 answers that waited go out in order, 200 at a time", () => {
  const { delivery, stored } = deliver({ project: "p", person: "away" }, new FakeStorage());
  for (let number = 0; number < 2000; number += 1) delivery.outbox.put({ key: `key-${number}`, at: number, order: number });
  for (let each = 0; each < 10; each += 1) delivery.post();
  assert.deepEqual(stored, Array.from({ length: 2000 }, (_, number) => `key-${number}`));
});

test("an answer that was refused is said until it is dismissed, on whichever page, and its marks become a draft", () => {
  const storage = new FakeStorage();
  const data = { project: "p", person: "refused" };
  const { delivery } = deliver(data, storage, () => true);
  delivery.outbox.put({ key: "a", sentence_id: 7, kind: "answer", label: 1, marks: "+..", edits: 1, shown: [], at: 1, order: 1 });
  delivery.post();
  assert.equal(delivery.drafts.read(7).marks, "+..");
  assert.deepEqual(deliver(data, storage).delivery.told, ["An answer was not taken: not a"]);
  delivery.forget("An answer was not taken: not a");
  assert.deepEqual(deliver(data, storage).delivery.told, []);
  assert.deepEqual(openNotices(storage, scopeOf(data).told).messages(), []);
});

test("what nobody answers is waited for by a clock that cannot be set", () => {
  const { delivery } = deliver({ project: "p", person: "clock" }, new FakeStorage());
  const real = Date.now;
  try {
    Date.now = () => 0;
    assert.ok(delivery.sinceSyncMs() >= 0 && delivery.sinceSyncMs() < 60_000);
    assert.ok(Math.abs(delivery.waitingSinceMs([{ key: "a" }]) - performance.now()) < 60_000);
  } finally {
    Date.now = real;
  }
});

test("what other people left unsaved in this browser is counted", () => {
  const storage = new FakeStorage();
  openOutbox(storage, "whylight:p:1:").put({ key: "a", at: 1, order: 1 });
  openOutbox(storage, "whylight:p:12:").put({ key: "b", at: 1, order: 1 });
  openOutbox(storage, "whylight:q:1:").put({ key: "c", at: 1, order: 1 });
  assert.equal(countOthers(storage, "whylight:p:", "whylight:p:1:"), 1);
});

test("a label without rationale sends no marks, a skip neither label nor marks", () => {
  const draft = startDraft(sentence(), look("never"), { label: 0, marks: "+.." });
  assert.deepEqual(pick(answerOf(draft, { kind: "answer", key: "k", takesRationale: false })), [0, null, null]);
  assert.deepEqual(pick(answerOf(draft, { kind: "skip", key: "k", takesRationale: true })), [null, null, null]);
  function pick(answer) { return [answer.label, answer.marks, answer.saliency_round]; }
});

test("a draft comes back as it was kept, but not onto a sentence of another length", () => {
  const draft = startDraft(sentence(), look("blind first"));
  step(draft, look("blind first"), { marks: marks(".+-"), label: 1 });
  assert.deepEqual(kept(startDraft(sentence(), look("blind first"), kept(draft))), kept(draft));
  const other = startDraft(sentence({ tokens: ["a"], starts: [0] }), look("never"), kept(draft));
  assert.deepEqual(other.marks, blank(1));
});

test("the outbox keeps one key an answer, gives the oldest first and forgets on receipt only", () => {
  const storage = new FakeStorage();
  const outbox = openOutbox(storage, "whylight:p:1:");
  outbox.put({ key: "b", at: 5, order: 2 });
  outbox.put({ key: "a", at: 5, order: 1 });
  storage.setItem("whylight:p:11:c", JSON.stringify({ key: "c", at: 1, order: 1 }));
  storage.setItem("whylight:p:1:broken", "{");
  const later = openOutbox(storage, "whylight:p:1:");
  assert.deepEqual(later.answers().map(({ key }) => key), ["a", "b"]);
  later.remove("a");
  assert.deepEqual(openOutbox(storage, "whylight:p:1:").answers().map(({ key }) => key), ["b"]);
});

test("answers are held in memory where the browser refuses to store", () => {
  const full = new FakeStorage();
  full.setItem = () => { throw new Error("QuotaExceededError"); };
  Object.defineProperty(full, "setItem", { enumerable: false });
  const outbox = openOutbox(full, "whylight:p:1:");
  assert.equal(outbox.put({ key: "a", at: 1, order: 1 }), false);
  assert.equal(outbox.answers().length, 1);
});

test("old drafts are thrown away, fresh ones are not", () => {
  const storage = new FakeStorage();
  storage.setItem("d:1", JSON.stringify({ at: 0 }));
  storage.setItem("d:2", JSON.stringify({ at: 10 * 24 * 3600 * 1000 }));
  const drafts = openDrafts(storage, "d:", 10 * 24 * 3600 * 1000 + 1);
  assert.equal(drafts.read(1), null);
  assert.notEqual(drafts.read(2), null);
});

test("keys are unique with and without randomUUID", () => {
  const old = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) };
  assert.match(newKey(old), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newKey(old), newKey(old));
  assert.equal(newKey().length, 36);
});

test("the saved state says what is unsaved, and after a while why", () => {
  const unsaved = [{ at: 0 }, { at: 1 }];
  assert.equal(savedState([], { trouble: "x", sinceMs: NaN, nowMs: 9e9 }).stateText, "All saved");
  assert.equal(savedState(unsaved, { trouble: "", sinceMs: 0, nowMs: 4000 }).stateText, "Saving 2");
  assert.equal(savedState(unsaved, { trouble: "", sinceMs: 0, nowMs: 6000 }).stateText,
    "Not saved (2): the server does not answer, trying again");
  assert.equal(savedState([{ at: 0 }], { trouble: "The disk is full.", sinceMs: 0, nowMs: 0 }).stateText,
    "Not saved: The disk is full, trying again");
});

test("progress counts answers on their way, but no skips and no corrections", () => {
  const way = [
    { kind: "answer", sentence_id: 1, correction: false }, { kind: "answer", sentence_id: 1, correction: true },
    { kind: "skip", sentence_id: 2, correction: false },
  ];
  assert.deepEqual(progressOf({ answered: 2, open: 2 }, way), { done: 3, all: 4, share: 0.75 });
  assert.equal(progressOf({ answered: 0, open: 0 }, []).share, 0);
});

const said = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => ({ key: `k${from + n}`, sentence_id: from + n }));
const keysOf = (trail) => trail.stretch.answers.map(({ key }) => key);

test("undo walks the newest answers and then asks for those before them, to the first", () => {
  const trail = new Trail(said(5, 6));
  assert.equal(trail.before(null).key, "k6");
  const first = trail.before(trail.before(null));
  assert.equal(trail.before(first), null);
  assert.deepEqual(trail.beyond(false), { key: "k5", later: false });
  assert.equal(trail.take(said(3, 4), { key: "k5", later: false }).key, "k4");
  assert.equal(trail.take(said(1, 2), { key: "k5", later: false }), null, "an answer to an older question");
  assert.equal(trail.take([], { key: "k3", later: false }), null);
  assert.equal(trail.beyond(false), null);
  assert.equal(trail.beyond(true), null, "nothing is later than the newest");
  assert.deepEqual(keysOf(trail), ["k3", "k4", "k5", "k6"]);
});

test("around an answer chosen elsewhere undo and redo walk a stretch of their own until it meets the newest", () => {
  const trail = new Trail(said(8, 9));
  const chosen = said(3, 3)[0];
  assert.equal(trail.goTo(chosen), chosen);
  assert.equal(trail.before(chosen), null);
  assert.equal(trail.take(said(1, 2), trail.beyond(false)).key, "k2");
  assert.equal(trail.take(said(4, 6), trail.beyond(true)).key, "k4");
  assert.equal(trail.take(said(7, 9), trail.beyond(true)).key, "k7");
  assert.deepEqual(keysOf(trail), said(1, 9).map(({ key }) => key));
  assert.equal(trail.beyond(true), null);
  assert.equal(trail.goTo({ key: "k8" }), trail.newest.answers[7], "known by its place among the newest");
});

test("a stretch that ends where the newest begins goes on there", () => {
  const trail = new Trail(said(4, 5));
  trail.goTo(said(3, 3)[0]);
  assert.equal(trail.take(said(4, 5), trail.beyond(true)).key, "k4");
  assert.equal(trail.stretch, trail.newest);
});

test("a correction is the newest answer, and its sentence is there once", () => {
  const trail = new Trail(said(8, 9));
  const chosen = trail.goTo(said(3, 3)[0]);
  trail.remember({ key: "k10", sentence_id: 3 }, chosen);
  assert.deepEqual(keysOf(trail), ["k8", "k9", "k10"]);
  assert.equal(trail.take(said(2, 3), { key: "k8", later: false }).key, "k2");
  assert.deepEqual(keysOf(trail), ["k2", "k8", "k9", "k10"]);
});

test("what lies under a person's former number becomes theirs, except what is older than they are", () => {
  const storage = new FakeStorage();
  const former = openOutbox(storage, "whylight:p:2:");
  former.put({ key: "carl-s", at: 50, order: 1 });
  former.put({ key: "mine", at: 100, order: 1 });
  openOutbox(storage, "whylight:p:22:").put({ key: "other", at: 200, order: 1 });
  for (const again of [1, 2]) takeOver(storage, "whylight:p:2:", "whylight:p:u:", 100);
  assert.deepEqual(openOutbox(storage, "whylight:p:u:").answers().map(({ key }) => key), ["mine"]);
  assert.deepEqual(openOutbox(storage, "whylight:p:2:").answers().map(({ key }) => key), ["carl-s"]);
  assert.equal(openOutbox(storage, "whylight:p:22:").answers().length, 1);
});

test("where storage is full, what lies under a former number stays there", () => {
  const storage = new FakeStorage();
  openOutbox(storage, "whylight:p:2:").put({ key: "mine", at: 100, order: 1 });
  storage.setItem = () => { throw new Error("full"); };
  Object.defineProperty(storage, "setItem", { enumerable: false });
  takeOver(storage, "whylight:p:2:", "whylight:p:u:", 100);
  assert.equal(openOutbox(storage, "whylight:p:2:").answers().length, 1);
});
