// The pointer on the words of a sentence: what its gestures mean. words.js decides what they do.

import { paint, signFor } from "./marks.js";

/** Listen to the pointer: click toggles, drag paints or erases, shift-click extends; Alt marks "must not matter". */
export function listenForPointer(text, words, signal) {
  let drag = null;
  let isPointed = false; // a screen reader clicks without a pointerdown
  const listen = (kind, handle) => text.addEventListener(kind, handle, { signal });
  const draw = () => words.preview(drag.marks);
  const moveTo = (index) => {
    drag.at = index;
    drag.marks = paint(drag.base, drag.anchor, index, drag.sign);
  };

  // Keep the browser from selecting text and from moving the focus.
  listen("mousedown", (event) => wordIndex(event.target) !== null && event.preventDefault());
  listen("pointerdown", (event) => {
    const index = wordIndex(event.target);
    isPointed = true;
    if (index === null || event.button !== 0 || drag || !words.mayMark()) return;
    words.showCursor(false);
    const base = words.marks();
    const mode = event.altKey ? "-" : words.mode;
    if (event.shiftKey) return words.mark(paint(base, words.cursor, index, mode), index);
    drag = { id: event.pointerId, base, anchor: index, sign: signFor(base[index], mode, event.altKey) };
    moveTo(index);
    text.setPointerCapture(event.pointerId);
    // A finger may be about to scroll: it marks once it moves to another word or is lifted.
    if (event.pointerType !== "touch") draw();
  });
  listen("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    const index = wordIndex(text.getRootNode().elementFromPoint(event.clientX, event.clientY));
    if (index === null || index === drag.at) return;
    moveTo(index);
    draw();
  });
  listen("pointerup", (event) => {
    if (event.pointerId !== drag?.id) return;
    const { base, marks, at } = drag;
    drag = null;
    // The page may show another sentence by now.
    if (base === words.marks()) words.mark(marks, at);
  });
  listen("click", (event) => {
    const index = wordIndex(event.target);
    if (!isPointed && index !== null && words.mayMark()) {
      const base = words.marks();
      words.mark(paint(base, index, index, signFor(base[index], words.mode)), index);
    }
    isPointed = false;
  });
  listen("pointercancel", () => {
    isPointed = false;
    if (!drag) return;
    drag = null;
    words.preview(words.marks());
  });
}

function wordIndex(target) {
  const word = target?.closest?.(".word");
  return word ? Number(word.dataset.index) : null;
}
