// The guidelines as they are written. What is typed goes to the server a moment later, which answers with the preview.

import { element } from "../word_marker/elements.js";

const PAUSE_MS = 250;
const editors = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes; what is being typed stays. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const editor = editors.get(parentElement) ?? build(parentElement, data);
  editors.set(parentElement, editor);
  editor.send = setTriggerValue;
  const isUntouched = editor.text.value === editor.data.saved;
  const wasSaved = data.version !== editor.data.version && data.text === data.saved && editor.text.value.trim() === data.saved;
  if (isUntouched || wasSaved) editor.text.value = data.text;
  editor.data = data;
  // Only here does markup enter: our server made it from Markdown and lets no HTML through.
  editor.preview.innerHTML = data.html || "<p class='empty'>Nothing yet.</p>";
  editor.outcome.textContent = data.outcome.text;
  editor.outcome.classList.toggle("refused", data.outcome.refused);
  draw(editor);
}

function build(parentElement, data) {
  const editor = { data, timer: null };
  editor.text = element("textarea", { "aria-label": "Guidelines in Markdown", dir: "auto", spellcheck: "true", placeholder: "What to mark, and what not to mark", oninput: () => typed(editor) });
  editor.text.value = data.text;
  editor.preview = element("div", { class: "preview", dir: "auto", role: "region", "aria-label": "As annotators see it", tabindex: "0" });
  editor.button = element("button", { type: "button", class: "primary", onclick: () => save(editor) }, "Save as a new version");
  editor.discard = element("button", { type: "button", onclick: () => discard(editor) }, "Discard");
  editor.state = element("span", { class: "state" });
  editor.outcome = element("span", { class: "outcome", role: "status" });
  parentElement.append(element("div", { class: "editor" },
    element("div", { class: "sides" }, element("label", {}, element("span", { class: "head" }, "Markdown"), editor.text),
      element("div", {}, element("span", { class: "head" }, "As annotators see it"), editor.preview)),
    element("div", { class: "actions" }, editor.button, editor.discard, editor.state, editor.outcome)));
  return editor;
}

function typed(editor) {
  editor.outcome.textContent = "";
  draw(editor);
  clearTimeout(editor.timer);
  editor.timer = setTimeout(() => editor.send("type", { text: editor.text.value, version: editor.data.version }), PAUSE_MS);
}

function save(editor) {
  clearTimeout(editor.timer);
  editor.send("save", { text: editor.text.value, version: editor.data.version });
}

function discard(editor) {
  editor.text.value = editor.data.saved;
  typed(editor);
  editor.text.focus();
}

function draw(editor) {
  const isSaved = editor.text.value.trim() === editor.data.saved;
  editor.button.disabled = isSaved;
  editor.discard.hidden = isSaved;
  editor.state.textContent = isSaved ? "" : "Unsaved";
}
