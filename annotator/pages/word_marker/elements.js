// Elements for the page. Text from people enters as text only, never as markup.

/** Return a new element; properties that begin with "on" are listeners, the others attributes. */
export function element(tag, props, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Set an attribute, unless it has that value already: a write costs time on a long sentence. */
export function setAttribute(target, name, value) {
  const text = String(value);
  if (target.getAttribute(name) !== text) target.setAttribute(name, text);
}
