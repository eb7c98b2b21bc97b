// A draft is an unfinished answer to one sentence: its label, its marks, each step towards them, and
// what the person has seen of the model. A `look` says how the person wants to see the
// model now: the project's mode, the preferred view, its strength (0 is off), and the seconds on the clock. It has the labels too.

import { blank, hasReason, isBlank, withReasons } from "./marks.js";

/** Begin a draft, or restore one from what `earlier` holds of it. */
export function startDraft(sentence, look, earlier = {}) {
  const marks = earlier.marks ? Array.from(earlier.marks) : [];
  const draft = {
    sentence,
    label: earlier.label ?? null,
    marks: marks.length === sentence.tokens.length ? marks : blank(sentence.tokens.length),
    noWord: earlier.noWord ?? false, // the person chose "no word in particular", which means more than having no marks
    place: earlier.place ?? 0, // the word at the cursor
    steps: [],
    undone: [],
    edits: earlier.edits ?? 0,
    marksAtReveal: earlier.marksAtReveal ?? null,
    shown: [...(earlier.shown ?? [])],
    seconds: earlier.seconds ?? 0,
    secondsToFirstMark: earlier.secondsToFirstMark ?? null,
    guidelines: earlier.guidelines ?? null,
    round: earlier.round ?? null, // the round whose saliency was shown
    suggested: earlier.suggested ?? null, // the suggestion that came into view, as the answer will have it
    note: earlier.note ?? "",
    flagged: earlier.flagged ?? false,
    reopened: earlier.reopened ?? null,
  };
  const now = { ...look, seconds: draft.seconds }; // `look` has the seconds of another draft
  showModel(draft, now);
  showSuggestion(draft, now);
  return draft;
}

/** Return whether the draft holds work that must not be lost. */
export const isTouched = (draft) => Boolean(draft && (draft.edits || draft.note || draft.flagged));

/** Return whether a reopened answer has been changed. */
export const isChanged = ({ edits, note, flagged, reopened }) =>
  Boolean(edits) || (note ?? "") !== (reopened.note ?? "") || flagged !== Boolean(reopened.flagged);

/** Take a step: new marks, a new label, or that no word matters in particular. Return whether it changed anything. */
export function step(draft, look, { marks = draft.marks, label = draft.label, noWord = draft.noWord && !hasReason(marks) }) {
  const same = label === draft.label && noWord === draft.noWord && marks.every((mark, index) => mark === draft.marks[index]);
  if (same) return false;
  draft.steps.push(stateOf(draft));
  draft.undone = [];
  draft.edits += 1;
  if (marks !== draft.marks && !isBlank(marks)) draft.secondsToFirstMark ??= look.seconds;
  Object.assign(draft, { marks, label, noWord });
  showModel(draft, look);
  showSuggestion(draft, look);
  return true;
}

/** Flag the sentence, or remove the flag: a step that can be taken back, and no edit of the answer. */
export function switchFlag(draft) {
  draft.steps.push(stateOf(draft));
  draft.undone = [];
  draft.flagged = !draft.flagged;
}

/** Take the last step back. Return whether there was one; the record of what was shown stays. */
export const stepBack = (draft) => retrace(draft, draft.steps, draft.undone);

/** Repeat the step that was taken back last. Return whether there was one. */
export const stepForward = (draft) => retrace(draft, draft.undone, draft.steps);

function retrace(draft, from, to) {
  const state = from.pop();
  if (!state) return false;
  to.push(stateOf(draft));
  if (state.flagged === draft.flagged) draft.edits += 1;
  Object.assign(draft, state);
  return true;
}

const stateOf = ({ marks, label, noWord, flagged }) => ({ marks, label, noWord, flagged });

/** Return the view in which a sentence with saliency is shown: the one that is `preferred`, or its model's own. */
export const chosenView = ({ saliency, own_view: own }, preferred) => (Object.hasOwn(saliency, preferred) ? preferred : own);

/** Return the view of the model that is on the page now, or null. */
export const viewOf = (draft) => draft.shown.at(-1)?.view ?? null;

/** Return whether the model may be on the page by now, so that its shading can be switched off and on. */
export const isRevealed = ({ sentence, marks, marksAtReveal }, mode) =>
  Boolean(sentence.saliency) && mode !== "never" && (mode === "always" || marksAtReveal !== null || !isBlank(marks));

/**
 * Show the model, or change how it is shown, and record that. In the mode "blind first" it stays hidden
 * until the person's own first mark, so that it cannot suggest that one.
 */
export function showModel(draft, { mode, view, strength, seconds }) {
  const last = draft.shown.at(-1);
  if (!draft.sentence.saliency || mode === "never") {
    if (viewOf(draft)) draft.shown.push({ seconds: tenths(seconds), view: null, strength: 0 }); // it was shown, and no longer is
    return;
  }
  if (draft.marksAtReveal === null) {
    if (!strength || !isRevealed(draft, mode)) return;
    draft.marksAtReveal = draft.marks.join("");
    draft.round = draft.sentence.round;
  }
  const now = { seconds: tenths(seconds), view: strength ? chosenView(draft.sentence, view) : null, strength };
  if (last?.view !== now.view || last?.strength !== strength) draft.shown.push(now);
}

/** Let the sentence's suggestion come into view once the person has marked a word of their own, and record that. */
export function showSuggestion(draft, { seconds, labels }) {
  const { suggestion } = draft.sentence;
  if (!suggestion || draft.suggested || isBlank(draft.marks)) return;
  const { model, label, words } = suggestion;
  // A person who comes back to an answer may have chosen its label after a look at the suggestion.
  const before = draft.reopened || draft.label === null ? null : labels[draft.label].name;
  draft.suggested = { model, label: labels[label].name, words, seconds: hundredths(seconds), label_before: before, taken: null };
}

export const isSuggestionInView = (draft) => Boolean(draft?.suggested && draft.sentence.suggestion);

/** Take the suggestion over as a step of the person's own. Return whether it changed anything. */
export function takeSuggestion(draft, look) {
  const { label, words } = draft.sentence.suggestion;
  const marks = look.labels[label].takes_rationale ? withReasons(draft.marks, words) : draft.marks;
  if (!step(draft, look, { marks, label })) return false;
  draft.suggested = { ...draft.suggested, taken: draft.suggested.taken ?? hundredths(look.seconds) };
  return true;
}

/** Return the part of a draft that a reload must restore. */
export function kept({ sentence, steps, undone, reopened, marks, ...rest }) {
  return { ...rest, marks: marks.join("") };
}

/** Return the draft as an answer (or a skip) for the server. */
export function answerOf(draft, { kind, key, takesRationale }) {
  const answered = kind === "answer";
  return {
    key,
    sentence_id: draft.sentence.sentence_id,
    kind,
    label: answered ? draft.label : null,
    marks: answered && takesRationale ? draft.marks.join("") : null,
    seconds: tenths(draft.seconds),
    seconds_to_first_mark: draft.secondsToFirstMark === null ? null : tenths(draft.secondsToFirstMark),
    edits: draft.edits,
    saliency_round: draft.round,
    marks_at_reveal: draft.marksAtReveal,
    shown: draft.shown,
    guidelines_version: draft.guidelines,
    suggestion: draft.suggested,
    note: draft.note.trim() || null,
    flagged: draft.flagged,
  };
}

/** Return the draft that an answer was made from: the reverse of `answerOf`. */
export function draftOf({ kind, label, marks, ...answer }) {
  return {
    label,
    marks,
    noWord: answer.noWord ?? (kind === "answer" && marks !== null && !hasReason(marks)),
    edits: answer.edits,
    marksAtReveal: answer.marks_at_reveal,
    shown: answer.shown,
    round: answer.saliency_round,
    seconds: answer.seconds,
    secondsToFirstMark: answer.seconds_to_first_mark,
    guidelines: answer.guidelines_version,
    suggested: answer.suggestion,
    note: answer.note,
    flagged: answer.flagged,
  };
}

const hundredths = (seconds) => Math.round(seconds * 100) / 100;
const tenths = (seconds) => Math.round(seconds * 10) / 10;
