import assert from "node:assert/strict";
import { test } from "node:test";

import {
  answerOf, draftOf, isChanged, isRevealed, isSuggestionInView, isTouched, kept, showModel, startDraft, step, stepBack, stepForward, switchFlag,
  takeSuggestion, viewOf,
} from "../../../../annotator/pages/word_marker/draft.js";
import { look, marks, sentence } from "./fakes.mjs";
import { blank } from "../../../../annotator/pages/word_marker/marks.js";

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

test("a flag is taken back like any step, in its turn, and is no edit of the answer", () => {
  const draft = startDraft(sentence(), look("never"));
  step(draft, look("never"), { marks: marks("+..") });
  switchFlag(draft);
  step(draft, look("never"), { label: 1 });
  stepBack(draft);
  assert.deepEqual([draft.flagged, draft.label], [true, null]);
  stepBack(draft);
  assert.deepEqual([draft.flagged, draft.marks.join(""), draft.edits], [false, "+..", 3]);
  assert.equal(stepForward(draft), true);
  assert.deepEqual([draft.flagged, draft.edits], [true, 3]);
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

test("a view that the sentence's model does not have is its own view, and is noted by its name", () => {
  const ofEvidence = sentence({ own_view: "evidence", saliency: { evidence: [0.2, 1, 0], gradient: [1, 0, 0] } });
  for (const view of [null, "input_x_gradient", "toString"]) {
    assert.equal(viewOf(startDraft(ofEvidence, look("always", { view }))), "evidence");
  }
  assert.equal(viewOf(startDraft(ofEvidence, look("always", { view: "gradient" }))), "gradient");
});

test("a draft that was shaded by another model is shaded by the one of now, and both are noted", () => {
  const draft = startDraft(sentence(), look("always"));
  const ofEvidence = sentence({ own_view: "evidence", saliency: { evidence: [0.2, 1, 0], gradient: [1, 0, 0] } });
  const again = startDraft(ofEvidence, look("always"), kept(draft));
  assert.deepEqual(again.shown.map(({ view }) => view), ["input_x_gradient", "evidence"]);
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

test("no word in particular is a choice, not an omission, and a mark takes it back", () => {
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

test("an answer becomes the same draft again", () => {
  const draft = startDraft(sentence(), look("always"), { guidelines: 4, note: "why", flagged: true });
  step(draft, look("always"), { marks: marks(".+-"), label: 1 });
  draft.seconds = 7.3;
  const again = startDraft(sentence(), look("always"), draftOf(answerOf(draft, { kind: "answer", key: "k", takesRationale: true })));
  assert.deepEqual(kept(again), { ...kept(draft), secondsToFirstMark: 3.1 });
});

test("a draft whose sentence no longer has saliency is drawn without it, and notes when that was", () => {
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

test("a new label on words that are already marked is no first mark", () => {
  const draft = startDraft(sentence(), look("never"), { marks: "+..", label: 1 });
  step(draft, look("never"), { label: 2 });
  assert.equal(draft.secondsToFirstMark, null);
});

test("what undo keeps of a skip are its marks and its label", () => {
  const draft = draftOf({ kind: "skip", label: 1, marks: "+..", noWord: false, note: null, flagged: false });
  assert.deepEqual([draft.label, draft.marks, draft.noWord], [1, "+..", false]);
});

test("a draft that has been changed, noted or flagged is worth keeping", () => {
  assert.equal(isTouched(null), false);
  assert.equal(isTouched(kept(startDraft(sentence(), look("always")))), false);
  for (const change of [{ edits: 1 }, { note: "n" }, { flagged: true }]) assert.equal(isTouched(change), true);
});

test("an answer that was opened again is changed by a step, its note or its flag", () => {
  const reopened = { note: "n", flagged: true };
  const draft = { edits: 0, note: "n", flagged: true, reopened };
  assert.equal(isChanged(draft), false);
  for (const change of [{ edits: 1 }, { note: "" }, { flagged: false }]) assert.equal(isChanged({ ...draft, ...change }), true);
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

test("shading can be switched on again on every sentence on which it may be seen by now, and on no other", () => {
  const off = look("blind first", { strength: 0 });
  const draft = startDraft(sentence(), off);
  assert.equal(isRevealed(draft, "blind first"), false);
  assert.equal(isRevealed(draft, "always"), true);
  step(draft, off, { marks: marks("..+") });
  assert.deepEqual([isRevealed(draft, "blind first"), isRevealed(draft, "never"), viewOf(draft)], [true, false, null]);
  assert.equal(isRevealed(startDraft(sentence({ saliency: null }), off), "always"), false);
});

test("the place in a long text is kept with the draft", () => {
  const draft = startDraft(sentence(), look("never"), { place: 2 });
  assert.equal(kept(draft).place, 2);
});

const labels = [{ name: "none", takes_rationale: false }, { name: "event", takes_rationale: true }];
const suggesting = (changes) => sentence({ saliency: null, suggestion: { model: "m", label: 1, words: [0, 2] }, ...changes });
const at = (seconds) => look("blind first", { seconds, labels });
const submitted = (draft) => answerOf(draft, { kind: "answer", key: "k", takesRationale: true });

test("a suggestion waits for the first mark, and remembers when it came and which label was chosen before", () => {
  const draft = startDraft(suggesting(), at(0));
  step(draft, at(1), { label: 0 });
  assert.deepEqual([isSuggestionInView(draft), submitted(draft).suggestion], [false, null]);
  step(draft, at(2.006), { marks: marks(".+.") });
  assert.equal(isSuggestionInView(draft), true);
  step(draft, at(3), { label: 1 });
  stepBack(draft);
  stepBack(draft);
  assert.equal(isSuggestionInView(draft), true);
  assert.deepEqual(submitted(draft).suggestion, { model: "m", label: "event", words: [0, 2], seconds: 2.01, label_before: "none", taken: null });
});

test("a suggestion is taken over as one step, which is undone as any other, and what must not matter stays", () => {
  const draft = startDraft(suggesting(), at(0));
  step(draft, at(2), { marks: marks("-+.") });
  assert.equal(takeSuggestion(draft, at(2.5)), true);
  assert.deepEqual([draft.marks.join(""), draft.label, draft.suggested.taken], ["+.+", 1, 2.5]);
  assert.equal(takeSuggestion(draft, at(9)), false);
  stepBack(draft);
  assert.deepEqual([draft.marks.join(""), draft.label], ["-+.", null]);
  takeSuggestion(draft, at(9));
  assert.deepEqual([submitted(draft).suggestion.taken, draft.edits], [2.5, 4]);
});

test("taking over a label without marks leaves the marks for another label", () => {
  const draft = startDraft(suggesting({ suggestion: { model: "m", label: 0, words: [] } }), at(0));
  step(draft, at(1), { marks: marks("+.."), label: 1 });
  takeSuggestion(draft, at(2));
  assert.deepEqual([draft.marks.join(""), draft.label], ["+..", 0]);
});

test("what was seen of a suggestion survives a reload and a refusal, also if the sentence comes back without it", () => {
  const draft = startDraft(suggesting(), at(0));
  step(draft, at(2), { marks: marks(".+.") });
  const seen = draft.suggested;
  const again = startDraft(suggesting({ suggestion: undefined }), at(5), kept(draft));
  assert.deepEqual([again.suggested, isSuggestionInView(again)], [seen, false]);
  assert.deepEqual(draftOf(submitted(again)).suggested, seen);
});

test("an earlier answer that is corrected has no blind label", () => {
  const earlier = { ...suggesting(), key: "k", kind: "answer" };
  const draft = startDraft(earlier, at(0), { label: 1, marks: "+..", reopened: earlier });
  assert.deepEqual([isSuggestionInView(draft), draft.suggested.label_before], [true, null]);
});
