// Pointer and keyboard, turned into what a person wants. `marker` is told; nothing is decided here
// but what a gesture means.

import { paint, signFor } from "./marks.js";

/** Click toggles, drag paints or erases, shift-click extends; Alt marks "must not matter". */
export function listenForPointer(text, marker, signal) {
  let drag = null;
  let isPointed = false; // a click that a screen reader makes has no pointer before it
  const listen = (kind, handle) => text.addEventListener(kind, handle, { signal });
  const draw = () => marker.preview(drag.marks);
  const moveTo = (index) => {
    drag.at = index;
    drag.marks = paint(drag.base, drag.anchor, index, drag.sign);
  };

  // Keeps the browser from selecting text and from moving the focus by itself.
  listen("mousedown", (event) => wordIndex(event.target) !== null && event.preventDefault());
  listen("pointerdown", (event) => {
    const index = wordIndex(event.target);
    isPointed = true;
    if (index === null || event.button !== 0 || drag || !marker.mayMark()) return;
    marker.byKeys(false);
    const base = marker.marks();
    const mode = event.altKey ? "-" : marker.mode();
    if (event.shiftKey) return marker.mark(paint(base, marker.cursor(), index, mode), index);
    drag = { id: event.pointerId, base, anchor: index, sign: signFor(base[index], mode, event.altKey) };
    moveTo(index);
    text.setPointerCapture(event.pointerId);
    // A finger may be about to scroll: it marks when it has moved sideways or was lifted.
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
    // Another sentence may have come meanwhile.
    if (base === marker.marks()) marker.mark(marks, at);
  });
  listen("click", (event) => {
    const index = wordIndex(event.target);
    if (!isPointed && index !== null && marker.mayMark()) {
      const base = marker.marks();
      marker.mark(paint(base, index, index, signFor(base[index], marker.mode())), index);
    }
    isPointed = false;
  });
  listen("pointercancel", () => {
    isPointed = false;
    if (!drag) return;
    drag = null;
    marker.preview(marker.marks());
  });
}

function wordIndex(target) {
  const word = target?.closest?.(".word");
  return word ? Number(word.dataset.index) : null;
}

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=dialog], [role=textbox]";
const STREAMLIT_KEYS = new Set(["r", "c"]);

/** Every key of the page, wherever the focus is, unless somebody is typing. */
export function listenForKeys(page, marker, signal) {
  const options = { capture: true, signal };
  const isTyping = (event) => event.isComposing || event.composedPath()[0]?.closest?.(TYPING);
  const keep = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Streamlit reruns on r and clears its cache on c, and listens to both directions of the key.
  const swallow = (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey) return;
    if (STREAMLIT_KEYS.has(letterOf(event))) event.stopImmediatePropagation();
  };
  window.addEventListener("keyup", swallow, options);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Tab") marker.byKeys(true);
    if (isTyping(event)) return;
    swallow(event);
    if (event.key === "Enter" && event.repeat) return keep(event);
    const act = meaningOf(event, marker, page);
    if (!act) return;
    keep(event);
    if (!event.repeat || act.repeats) act.run();
  }, options);
}

function placeOf(event, page) {
  const target = event.composedPath()[0];
  if (target === document.body || target === document.documentElement || target === document) return "words";
  if (target.closest?.(".word")) return "words";
  if (target.closest?.(".guidelines, a")) return "elsewhere";
  if (target.closest?.(".label")) return "labels";
  return page.contains(target) && !target.closest?.("button") ? "words" : "elsewhere";
}

const run = (action, repeats = false) => ({ run: action, repeats });

/** What a key press means, or null when it is not ours. */
function meaningOf(event, marker, page) {
  if (event.key === "?" && marker.hasLetters()) return run(marker.switchKeys);
  if (marker.showsKeys()) return null; // the card is the browser's own dialog, and closes by Escape
  if (event.ctrlKey || event.metaKey) {
    if (letterOf(event) !== "z" || event.altKey) return null;
    return run(event.shiftKey ? marker.redo : marker.undo, true);
  }
  if (event.key === "Escape") {
    return marker.mayEscape() && isHere(event, page) ? run(marker.escape) : null;
  }
  return (marker.hasLetters() && byCharacter(event, marker)) || meaning(event, marker, placeOf(event, page));
}

/** Whether the focus is on nothing, or on something of ours: Escape may be meant for a menu of the page's. */
function isHere(event, page) {
  const target = event.composedPath()[0];
  return target === document.body || target === document.documentElement || page.contains(target);
}

/** Letters and digits, which work wherever the focus is, unless the person has switched them off. */
function byCharacter(event, marker) {
  if (event.shiftKey && !event.altKey && letterOf(event) === "u") return run(marker.redo, true);
  const digit = !event.shiftKey && !event.altKey && event.key.length === 1 && /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit) return run(() => (digit[1] === "0" ? marker.sayNoWord() : marker.choose(Number(digit[1]) - 1)));
  if (!event.altKey && !event.shiftKey) {
    const byLetter = {
      d: marker.dim, f: marker.flag, g: marker.switchGuidelines, m: marker.switchMode, n: marker.openNote,
      s: marker.skip, u: marker.undo, v: marker.switchView, x: () => marker.toggle("-"),
    }[letterOf(event)];
    if (byLetter) return run(byLetter, letterOf(event) === "u");
  }
  return null;
}

function meaning(event, marker, place) {
  if (place === "labels" && event.key.startsWith("Arrow")) {
    return run(() => marker.chooseBeside(/Up|Left/.test(event.key) ? -1 : 1));
  }
  if (place === "labels" && event.code === "Space") return null;
  if (place === "elsewhere") return null;
  if (event.key === "Enter") return run(marker.submit);
  if (event.code === "Space") return run(() => marker.toggle(event.altKey ? "-" : null));
  return arrowMeaning(event, marker);
}

const MOVES = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };

function arrowMeaning(event, marker) {
  const move = MOVES[event.key];
  // Alt with an arrow alone is the browser's way back.
  if (!move || (event.altKey && !event.shiftKey)) return null;
  if (!event.shiftKey) return run(() => marker.move(move), true);
  return run(() => marker.extend(move, event.altKey ? "-" : null), true);
}

// The letter on the key, also where the layout is not Latin.
function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return event.key.length === 1 ? (/^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? "") : "";
}
