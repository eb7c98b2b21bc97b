// A draft is the answer that is being made to one sentence: its label, its marks, each step towards
// them, and what the person had marked when the model's shading came into view.

/** Begin a draft, or take one up again from what `earlier` knows of it. */
export function startDraft(sentence, saliencyMode, earlier = {}) {
  const marks = earlier.marks ? Array.from(earlier.marks) : [];
  const draft = {
    sentence,
    label: earlier.label ?? null,
    marks: marks.length === sentence.tokens.length ? marks : blank(sentence.tokens.length),
    steps: [],
    undone: [],
    marksAtReveal: earlier.marksAtReveal ?? null,
    seconds: earlier.seconds ?? 0,
    note: earlier.note ?? "",
    flagged: earlier.flagged ?? false,
    reopened: earlier.reopened ?? null,
  };
  reveal(draft, saliencyMode);
  return draft;
}

/** Take a step: new marks, a new label, or both. Says whether anything is different now. */
export function step(draft, saliencyMode, { marks = draft.marks, label = draft.label }) {
  const same = label === draft.label && marks.every((mark, index) => mark === draft.marks[index]);
  if (same) return false;
  draft.steps.push(whereItStands(draft));
  draft.undone = [];
  draft.marks = marks;
  draft.label = label;
  reveal(draft, saliencyMode);
  return true;
}

/** Take the last step back. Says whether there was one; what has been seen stays seen. */
export const stepBack = (draft) => retrace(draft, draft.steps, draft.undone);

/** Take the step again that was taken back last. Says whether there was one. */
export const stepForward = (draft) => retrace(draft, draft.undone, draft.steps);

function retrace(draft, from, to) {
  const state = from.pop();
  if (!state) return false;
  to.push(whereItStands(draft));
  Object.assign(draft, state);
  return true;
}

const whereItStands = ({ marks, label }) => ({ marks, label });

export const isRevealed = (draft) => draft.marksAtReveal !== null;

/** What is worth keeping of a draft through a reload. */
export function kept({ label, marks, marksAtReveal, seconds, note, flagged }) {
  return { label, marks: marks.join(""), marksAtReveal, seconds, note, flagged };
}

/** The draft as an answer (or a skip) for the server. */
export function answerOf(draft, { kind, key, takesRationale }) {
  const answered = kind === "answer";
  return {
    key,
    sentence_id: draft.sentence.sentence_id,
    kind,
    label: answered ? draft.label : null,
    marks: answered && takesRationale ? draft.marks.join("") : null,
    seconds: Math.round(draft.seconds * 10) / 10,
    saliency_round: isRevealed(draft) ? draft.sentence.round : null,
    marks_at_reveal: draft.marksAtReveal,
    note: draft.note.trim() || null,
    flagged: draft.flagged,
  };
}

// Blind first: the shading waits for the person's own first mark, so that it cannot suggest it.
function reveal(draft, saliencyMode) {
  if (isRevealed(draft) || !draft.sentence.saliency || saliencyMode === "never") return;
  if (saliencyMode === "always" || !isBlank(draft.marks)) draft.marksAtReveal = draft.marks.join("");
}
