// Marks are arrays with "+", "-" or "." per token. Nothing here depends on the page:
// every function returns a new value, and the tests run them under node.

const SHADE_FLOOR = 0.15;
const SHADE_LEVELS = 5;
const SHADE_GAMMA = 1.3;
const SHADE_WORDS = ["", "faint", "slight", "clear", "strong", "very strong"];
const MOST_SPOKEN = 6;
const MARK_WORDS = { "+": "marked as a reason", "-": "marked as must not matter", ".": "" };

export const blank = (count) => Array(count).fill(".");

export const hasReason = (marks) => marks.includes("+");

export const isBlank = (marks) => marks.every((mark) => mark === ".");

/** Return what a gesture that begins on a word with `mark` paints: a second click clears. */
export function signFor(mark, mode, forced = false) {
  return mark === "." || (forced && mark !== mode) ? mode : ".";
}

/** Return `marks` with every word between `from` and `to`, both included, set to `sign`. */
export function paint(marks, from, to, sign) {
  const [first, last] = from <= to ? [from, to] : [to, from];
  return marks.map((mark, index) => (index >= first && index <= last ? sign : mark));
}

/** Return whether the word after `index` has the same mark, so that both are drawn as one shape. */
export const joinsNext = (marks, index) => marks[index] !== "." && marks[index] === marks[index + 1];

/** Return `marks` with these words, given by their indices, as the only reasons; what must not matter stays so elsewhere. */
export const withReasons = (marks, words) =>
  marks.map((mark, index) => (words.includes(index) ? "+" : mark === "-" ? "-" : "."));

/** Return whether these words, and no others, are marked as reasons. */
export const isTakenOver = (marks, words) => marks.every((mark, index) => (mark === "+") === words.includes(index));

/** Return the text before, between and after the tokens: one more than there are tokens. Offsets are code points. */
export function gaps(text, tokens, starts) {
  const points = Array.from(text);
  const ends = tokens.map((token, index) => starts[index] + Array.from(token).length);
  return [0, ...ends].map((from, index) => points.slice(from, starts[index] ?? points.length).join(""));
}

/** Return whether a text shows nothing at all, not even a space. */
export const isUnseen = (text) => /^[\p{Cc}\p{Default_Ignorable_Code_Point}]*$/u.test(text) && !/[\t-\r\x1c-\x1f\x85]/.test(text);

/** Return the next word in a direction that can be seen; older imports have words that cannot. */
export function seenNeighbour(tokens, index, direction) {
  for (let at = index + direction; at >= 0 && at < tokens.length; at += direction) if (!isUnseen(tokens[at])) return at;
  return index;
}

/** Return at which of its sides a word touches its neighbour, as the value of its `data-close`; `between` is what `gaps` returns. */
export function closeSides(between, index) {
  const sides = [];
  if (index > 0 && isUnseen(between[index])) sides.push("start");
  if (index < between.length - 2 && isUnseen(between[index + 1])) sides.push("end");
  return sides.join(" ");
}

/** Return a level per word from 0 (no shade) to 5: only evidence for the label, and only above the floor. */
export function shades(saliency) {
  const largest = Math.max(...saliency.map(Math.abs), 0);
  return saliency.map((score) => {
    const share = largest > 0 ? score / largest : 0;
    return share < SHADE_FLOOR ? 0 : Math.ceil(SHADE_LEVELS * share ** SHADE_GAMMA - 1e-9);
  });
}

/** Return a sentence that names the shaded words, the most salient first, for those who cannot see the shades. */
export function spokenShading(tokens, saliency) {
  const levels = shades(saliency);
  const places = tokens.map((_, index) => index).filter((index) => levels[index]);
  places.sort((one, other) => saliency[other] - saliency[one]);
  const named = places.slice(0, MOST_SPOKEN).map((index) => tokens[index]);
  return named.length ? `Looks most at: ${named.join(", ")}.` : "Looks at no word.";
}

/** Return what a screen reader reads for a word. */
export function spokenName(token, mark, shade, isSuggested = false) {
  const parts = [token, MARK_WORDS[mark], shade ? `${SHADE_WORDS[shade]} model signal` : "", isSuggested ? "suggested" : ""];
  return parts.filter(Boolean).join(", ");
}

/** Return the word nearest to word `index` on the visual line above (-1) or below (+1). */
export function lineNeighbour(boxes, index, direction) {
  const here = boxes[index];
  const middle = (box) => box.left + box.width / 2;
  const beyond = boxes
    .map((box, at) => ({ at, rise: (box.top - here.top) * direction, shift: Math.abs(middle(box) - middle(here)) }))
    .filter(({ rise }) => rise > here.height / 2);
  if (!beyond.length) return index;
  const nearestLine = Math.min(...beyond.map(({ rise }) => rise));
  const line = beyond.filter(({ rise }) => rise < nearestLine + here.height / 2);
  return line.reduce((best, word) => (word.shift < best.shift ? word : best)).at;
}
