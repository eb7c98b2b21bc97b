// The card that shows the shortcuts.

import { element } from "./elements.js";

const COLUMNS = [[
  ["Label", [
    [["1", "\u2026", "9"], "choose the label"],
    [["l"], "find a label, where there are ten or more; type on a label to do the same"],
  ]],
  ["Mark", [
    [["space"], "mark the word, or clear it"],
    [["shift", "\u2190 \u2192 \u2191 \u2193"], "mark several words"],
    [["x"], "mark a word that must not matter"],
    [["m"], "switch between reasons and words that must not matter"],
    [["0"], "record that no word in particular matters"],
    [["a"], "take over what a language model suggests", "suggestions"],
  ]],
  ["Look", [
    [["d"], "make the shading strong or faint, or turn it off"],
    [["v"], "shade by the model\u2019s own view, or by the paper\u2019s gradient", "researchers"],
    [["g"], "show or hide the guidelines"],
    [["?"], "show or hide this card"],
  ]],
], [
  ["Go", [
    [["\u2190", "\u2192", "\u2191", "\u2193", "Home", "End"], "move from word to word and from line to line"],
    [["\u21b5"], "submit"],
    [["s"], "skip the sentence; add a note to say why"],
    [["u"], "undo step by step, then go back through your answers (also ctrl + z)"],
    [["shift", "u"], "redo (also ctrl + shift + z)"],
    [["Esc"], "leave an earlier answer unchanged"],
  ]],
  ["Remark", [
    [["f"], "flag the sentence for discussion"],
    [["n"], "write a note; Esc returns to the words"],
  ]],
]];

/** Return the card's content, with a switch for the letters and a button that closes it. */
export function keyCard(part, controls, close) {
  return element("div", {}, element("h2", {}, "Keys"),
    element("div", { class: "key-groups" },
      ...COLUMNS.map((groups) => element("div", {}, ...groups.map(([name, keys]) => keyGroup(name, keys))))),
    element("div", { class: "card-end" },
      part("letters", "button", { type: "button", role: "switch", onclick: controls.switchLetters }, "Letter and digit shortcuts"),
      element("div", { class: "card-buttons" },
        element("button", { type: "button", onclick: () => [close(), controls.openTour()] }, "Show the tour"),
        element("button", { type: "button", autofocus: "", onclick: close }, "Close"))));
}

function keyGroup(name, keys) {
  return element("section", {}, element("h3", {}, name), element("dl", {}, ...keys.map(([pressed, meaning, whose = "everyone"]) =>
    element("div", { "data-for": whose },
      element("dt", {}, ...pressed.map((key) => (key === "\u2026" ? key : element("kbd", {}, key)))),
      element("dd", {}, meaning)))));
}
