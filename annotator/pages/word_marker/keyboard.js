// The keyboard: what each key means, wherever the focus is. The controls decide what it does.

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=dialog], [role=textbox]";
const NAVIGATION = "[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]";
const STREAMLIT_KEYS = new Set(["r", "c"]);

/** Listen to every key of the page, wherever the focus is, except while the person types into a field. */
export function listenForKeys(page, controls, signal) {
  const options = { capture: true, signal };
  const isTyping = (event) => event.isComposing || event.composedPath()[0]?.closest?.(TYPING);
  const keep = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Streamlit reruns on r and clears its cache on c, and listens to keyup as well as keydown.
  const swallow = (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey) return;
    if (STREAMLIT_KEYS.has(letterOf(event))) event.stopImmediatePropagation();
  };
  window.addEventListener("keyup", swallow, options);
  window.addEventListener("click", (event) => leadsHere(event) && setTimeout(controls.focusWords, 0), options);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Tab") controls.showCursor(true);
    if (isTyping(event)) return;
    swallow(event);
    if (event.key === "Enter" && event.repeat) return keep(event);
    const meaning = meaningOf(event, controls, page);
    if (!meaning) return;
    keep(event);
    if (!event.repeat || meaning.repeats) meaning.run();
  }, options);
}

const OWN_KEYS = "a, button, summary, [role=button], [role=tab], [role=menuitem], .guidelines";

/** Return where a key is pressed. What has no keys of its own counts as the words: the page itself can have the focus. */
function placeOf(event) {
  const target = event.composedPath()[0];
  if (target.closest?.(".label")) return "labels";
  return target.closest?.(OWN_KEYS) ? "elsewhere" : "words";
}

/** Return whether a click is on the navigation's link to this page, which would keep the focus and with it the keys. */
const leadsHere = (event) => Boolean(event.target.closest?.(NAVIGATION)?.matches("[aria-current=page]"));

/** Return whether the focus is on nothing, or on the link of the navigation that has led here. */
export function isFocusFree() {
  const active = document.activeElement;
  return !active || active === document.body || active.matches(NAVIGATION);
}

const act = (run, repeats = false) => ({ run, repeats });

/** Return what a key press does, or null if the marker does not use it. */
function meaningOf(event, controls, page) {
  if (isSearching(event, controls)) return act(() => controls.findLabel(event.key));
  if (event.key === "?" && controls.hasLetters()) return act(controls.switchKeys);
  if (controls.showsKeys()) return null; // the card is the browser's own dialog, which closes on Escape
  if (event.ctrlKey || event.metaKey) {
    if (letterOf(event) !== "z" || event.altKey) return null;
    return act(event.shiftKey ? controls.redo : controls.undo, true);
  }
  if (event.key === "Escape") {
    return controls.mayEscape() && isHere(event, page) ? act(controls.escape) : null;
  }
  return (controls.hasLetters() && characterMeaning(event, controls)) || placeMeaning(event, controls, placeOf(event));
}

/** Return whether a character is meant for the search, because it is typed on one of many labels. */
function isSearching(event, controls) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return false;
  return controls.hasManyLabels() && placeOf(event) === "labels";
}

/** Return whether the focus is on nothing or in the marker: elsewhere Escape may be meant for a menu. */
function isHere(event, page) {
  const target = event.composedPath()[0];
  return target === document.body || target === document.documentElement || page.contains(target);
}

/** Return what a letter or digit does; they work wherever the focus is, unless the person has turned them off. */
function characterMeaning(event, controls) {
  if (event.shiftKey && !event.altKey && letterOf(event) === "u") return act(controls.redo, true);
  const digit = !event.shiftKey && !event.altKey && event.key.length === 1 && /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit) return act(() => (digit[1] === "0" ? controls.switchNoWord() : controls.chooseByDigit(Number(digit[1]))));
  if (!event.altKey && !event.shiftKey) {
    const byLetter = {
      a: controls.hasSuggestions() && controls.takeOver, d: controls.dim, f: controls.flag, g: controls.switchGuidelines, l: () => controls.findLabel(), m: controls.switchMode, n: controls.openNote,
      s: controls.skip, u: controls.undo, v: controls.switchView, x: () => controls.toggle("-"),
    }[letterOf(event)];
    if (byLetter) return act(byLetter, letterOf(event) === "u");
  }
  return null;
}

function placeMeaning(event, controls, place) {
  if (place === "labels" && event.key.startsWith("Arrow")) {
    return act(() => controls.chooseNeighbour(/Up|Left/.test(event.key) ? -1 : 1));
  }
  if (place === "labels" && event.code === "Space") return null;
  if (place === "elsewhere") return null;
  if (event.key === "Enter") return act(controls.submit);
  if (event.code === "Space") return act(() => controls.toggle(event.altKey ? "-" : null));
  return arrowMeaning(event, controls);
}

const MOVES = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };

function arrowMeaning(event, controls) {
  const move = MOVES[event.key];
  // Alt with an arrow and without shift moves through the browser's history.
  if (!move || (event.altKey && !event.shiftKey)) return null;
  if (!event.shiftKey) return act(() => controls.move(move), true);
  return act(() => controls.extend(move, event.altKey ? "-" : null), true);
}

// The Latin letter of a key, on other layouts as well.
function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return event.key.length === 1 ? (/^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? "") : "";
}
