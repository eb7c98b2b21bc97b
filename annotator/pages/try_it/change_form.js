// The line under a sentence that deletes the chosen word or replaces it.

import { element } from "../word_marker/elements.js";

/** What a page says until the model has answered. */
export const ASKING = "Asking the model";

const MOST_SUGGESTED = 3;

/** Show the line for a word, with words of other labels to put in its place; `done` gets what comes in its place, empty to delete it, and `leave` is for Escape. */
export function changeForm(place, token, suggested, { done, leave }) {
  const input = element("input", { type: "text", "aria-label": `Replace \u201c${token}\u201d with`, placeholder: "another word", maxlength: 200, dir: "auto" });
  const close = () => {
    place.replaceChildren();
    leave();
  };
  const send = (instead) => {
    place.replaceChildren(element("p", { class: "asking", role: "status" }, ASKING));
    done(instead);
  };
  const replace = () => (input.value.trim() ? send(input.value.trim()) : input.focus());
  const remove = element("button", { type: "button", onclick: () => send("") }, "Delete");
  const form = element("div", { class: "change", role: "group", "aria-label": `Change \u201c${token}\u201d`, onkeydown: (event) => onFormKey(event, input, replace, close) },
    element("bdi", { class: "chosen" }, token),
    remove,
    input,
    element("button", { type: "button", onclick: replace }, "Replace"),
    ...suggested.filter(({ word }) => word !== token.toLowerCase()).slice(0, MOST_SUGGESTED).map(({ label, word }) =>
      element("button", { type: "button", title: "The most frequent word of this label in the answers", onclick: () => send(word) },
        "With \u201c", element("bdi", {}, word), "\u201d (", element("bdi", {}, label), ")")),
    element("button", { type: "button", class: "quiet", onclick: close }, "Cancel"));
  place.replaceChildren(form);
  remove.focus();
}

function onFormKey(event, input, replace, close) {
  if (event.key === "Escape") close();
  else if (event.key === "Enter" && event.target === input) replace();
  else return;
  event.preventDefault();
}
