// The card that shows the shortcuts.

import { element } from "./elements.js";

const KEYS = [
  [["1", "\u2026", "9"], "choose the label"],
  [["\u2190", "\u2192", "\u2191", "\u2193", "Home", "End"], "move from word to word and from line to line"],
  [["space"], "mark the word, or clear it"],
  [["shift", "\u2190 \u2192 \u2191 \u2193"], "mark several words"],
  [["0"], "record that no word in particular matters"],
  [["m"], "switch between reasons and words that must not matter"],
  [["x"], "mark a word that must not matter"],
  [["\u21b5"], "submit"],
  [["u"], "undo step by step, then go back through your answers (also ctrl + z)"],
  [["shift", "u"], "redo (also ctrl + shift + z)"],
  [["s"], "skip the sentence; add a note to say why"],
  [["f"], "flag the sentence for discussion"],
  [["n"], "write a note; Esc returns to the words"],
  [["d"], "set the shading to full, half or off"],
  [["v"], "shade by the model\u2019s own view, or by the paper\u2019s gradient"],
  [["g"], "show or hide the guidelines"],
  [["Esc"], "leave an earlier answer unchanged"],
  [["?"], "show or hide this card"],
];

/** Return the card's content, with a switch for the letters and a button that closes it. */
export function keyCard(part, controls, close) {
  const rows = KEYS.flatMap(([keys, meaning]) => [
    element("dt", {}, ...keys.map((key) => (key === "\u2026" ? key : element("kbd", {}, key)))),
    element("dd", {}, meaning),
  ]);
  return element("div", {}, element("h2", {}, "Keys"), element("dl", {}, ...rows),
    element("div", { class: "card-end" },
      part("letters", "button", { type: "button", role: "switch", onclick: controls.switchLetters }, "Letter and digit shortcuts"),
      element("button", { type: "button", autofocus: "", onclick: close }, "Close")));
}
