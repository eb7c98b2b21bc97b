// The card that shows the shortcuts.

import { element } from "./elements.js";

const KEYS = [
  [["1", "\u2026", "9"], "choose the label"],
  [["\u2190", "\u2192", "\u2191", "\u2193", "Home", "End"], "move from word to word and from line to line"],
  [["space"], "mark the word, or clear it"],
  [["shift", "\u2190 \u2192 \u2191 \u2193"], "mark several words"],
  [["0"], "say that no word matters in particular"],
  [["m"], "switch between reasons and words that must not matter"],
  [["x"], "mark a word that must not matter"],
  [["\u21b5"], "submit"],
  [["u"], "undo, step by step and then back over your answers; ctrl + z as well"],
  [["shift", "u"], "redo; ctrl + shift + z as well"],
  [["s"], "skip the sentence; a note says why"],
  [["f"], "flag the sentence for discussion"],
  [["n"], "write a note; Esc goes back to the words"],
  [["d"], "shade full, half or not at all"],
  [["v"], "shade by input \u00d7 gradient, or by the paper\u2019s gradient"],
  [["g"], "unfold and fold the guidelines"],
  [["Esc"], "leave an earlier sentence as it is"],
  [["?"], "show and hide this card"],
];

/** Return the card's content, with a switch for the letters and a button that closes it. */
export function keyCard(part, controls, close) {
  const rows = KEYS.flatMap(([keys, meaning]) => [
    element("dt", {}, ...keys.map((key) => (key === "\u2026" ? key : element("kbd", {}, key)))),
    element("dd", {}, meaning),
  ]);
  return element("div", {}, element("h2", {}, "Keys"), element("dl", {}, ...rows),
    element("div", { class: "card-end" },
      part("letters", "button", { type: "button", role: "switch", onclick: controls.switchLetters }, "Letters and digits are keys"),
      element("button", { type: "button", autofocus: "", onclick: close }, "Close")));
}
