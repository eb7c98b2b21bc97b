// The labels on the page: a few in a row; from ten on a part of the window that scrolls, with a search above it.

import { element, setAttribute } from "./elements.js";
import { splitName } from "./label_order.js";

/** Build the labels' part of the page. */
export function createLabels(part, controls) {
  const toggle = (name, text, action) => part(name, "button", { type: "button", class: "toggle", onclick: action }, text);
  return part("labelArea", "div", { class: "label-area" },
    part("labelHead", "div", { class: "label-head" },
      part("labelSearch", "input", {
        type: "search", placeholder: "Find a label", "aria-label": "Find a label", autocomplete: "off", dir: "auto",
        oninput: controls.searchLabels, onkeydown: controls.onSearchKey,
      }),
      element("kbd", { "aria-hidden": "true" }, "l"),
      toggle("mostUsed", "Most used first", controls.switchMostUsed),
      toggle("unfold", "", controls.unfoldLabels)),
    part("labelGroup", "div", { class: "labels", role: "radiogroup", "aria-label": "Label" }));
}

/** Make a button for each label; `choose` is called with the index of the one that is clicked. */
export function createButtons(view, labels, choose) {
  view.labels = labels.map(({ name }, index) => {
    const button = element("button", { type: "button", class: "label", role: "radio", "aria-label": name, onclick: () => choose(index) });
    button.onmousedown = (event) => event.preventDefault();
    return button;
  });
}

/** Lay out the labels in sections; `digits` says which label each digit chooses. */
export function layOutLabels(view, labels, { sections, digits, isMany }) {
  const rows = sections.flatMap(({ group, places }, section) => [
    section ? element("i", { class: "break" }) : "",
    group ? element("span", { class: "group", "aria-hidden": "true", dir: "auto" }, group) : "",
    ...places.map((index) => {
      const digit = digits.indexOf(index) + 1;
      view.labels[index].replaceChildren(
        digit ? element("kbd", { "aria-hidden": "true" }, digit) : "",
        element("span", { dir: "auto" }, group ? splitName(labels[index].name).text : labels[index].name));
      return view.labels[index];
    })]);
  view.labelGroup.replaceChildren(...(rows.length ? rows : [element("span", { class: "group" }, "No label has this in its name.")]));
  view.labelGroup.classList.toggle("dense", labels.length > 4);
  view.labelArea.classList.toggle("many", isMany);
  view.labelHead.hidden = !isMany;
}

export function drawLabelHead(view, { count, isUnfolded, mostUsedFirst }) {
  setAttribute(view.mostUsed, "aria-pressed", mostUsedFirst);
  setAttribute(view.unfold, "aria-expanded", isUnfolded);
  view.unfold.textContent = isUnfolded ? "Show fewer" : `Show all ${count}`;
  view.labelArea.classList.toggle("unfolded", isUnfolded);
}

export function drawLabels(view, { chosen, first, isMissing }) {
  view.labels.forEach((label, index) => {
    setAttribute(label, "aria-checked", index === chosen);
    setAttribute(label, "tabindex", index === first ? 0 : -1);
  });
  view.labelGroup.classList.toggle("missing", isMissing);
}

/** Scroll the labels, and nothing else, until this one is in view. */
export function showLabel(view, label) {
  const box = view.labelGroup.getBoundingClientRect();
  const { top, bottom } = label.getBoundingClientRect();
  if (top < box.top) view.labelGroup.scrollTop -= box.top - top + 4;
  else if (bottom > box.bottom) view.labelGroup.scrollTop += bottom - box.bottom + 4;
}
