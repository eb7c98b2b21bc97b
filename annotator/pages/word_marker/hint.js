// What to do, in one line under the labels, for a person who has answered only a few sentences.

import { element } from "./elements.js";

/** The number of answers after which a person knows how it works. */
export const FIRST_ANSWERS = 3;

/** A screen that is touched; a tablet whose keyboard is taken off becomes one. */
export const TOUCH = "(pointer: coarse)";

export const isTouch = () => window.matchMedia(TOUCH).matches;

/** Return what to do next; empty for a person who has `given` enough answers to know. */
export function hintFor({ given, label, takesMarks, isTouch }) {
  if (given >= FIRST_ANSWERS) return "";
  const act = isTouch ? "Tap" : "Click";
  const submit = isTouch ? "Submit sends it." : "Enter submits.";
  if (label === null) return `Choose a label, then ${act.toLowerCase()} the words that justify it. ${submit}`;
  return takesMarks ? `${act} the words that make it \u201c${label}\u201d. ${submit}` : `\u201c${label}\u201d needs no marks. ${submit}`;
}

export function drawHint(view, text) {
  view.hint.hidden = !text;
  if (view.hint.textContent !== text) view.hint.textContent = text;
}

/** Draw why there is nothing to answer, and as links what can be done instead. */
export function drawNotice(view, text, steps) {
  if (view.notice.textContent !== text) view.notice.textContent = text;
  const drawn = [...view.nextSteps.children].map(({ textContent }) => textContent).join();
  if (drawn === steps.map((step) => step.text).join()) return; // a link keeps its focus
  view.nextSteps.replaceChildren(...steps.map((step) => element("a", { href: new URL(step.page, document.baseURI), onclick: follow }, step.text)));
}

/** Follow a link without loading the application again, if the navigation has the same one. */
function follow(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const same = [...document.querySelectorAll("[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]")].find(({ href }) => href === event.currentTarget.href);
  if (!same) return;
  event.preventDefault();
  same.click();
}
