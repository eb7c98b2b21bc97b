// Which labels are shown, and in which order. Nothing here depends on the page.

export const MANY = 10; // from this many labels on, people search among them
const DIGITS = 9;

/** Return the indices of the labels that can be chosen. */
export const offered = (labels) => labels.map((_, index) => index).filter((index) => !labels[index].retired);

/** Return the group of a label and its name in it: "food/bread" is "bread" in "food". */
export function splitName(name) {
  const at = name.indexOf("/");
  const [group, rest] = at < 0 ? ["", name] : [name.slice(0, at).trim(), name.slice(at + 1).trim()];
  return group && rest ? { group, text: rest } : { group: "", text: name };
}

/**
 * Return the labels in sections, each with its group's name and the indices of its labels, those without a group first.
 * A search keeps the names that hold each of its words; `used`, how often each name was chosen, makes one section of all.
 */
export function arrange(labels, { search = "", used = null } = {}) {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const found = offered(labels).filter((index) => words.every((word) => plain(labels[index].name).includes(word)));
  if (used) return found.length ? [{ group: "", places: byUse(found, labels, used) }] : [];
  const sections = new Map([["", []]]);
  for (const index of found) {
    const { group } = splitName(labels[index].name);
    sections.set(group, [...(sections.get(group) ?? []), index]);
  }
  const all = [...sections].map(([group, places]) => ({ group, places: beginsFirst(places, labels, words) }));
  return all.filter(({ places }) => places.length);
}

/** Return the label that each digit from 1 on chooses; a few labels keep their digits when one of them is retired. */
export function digits(labels, sections) {
  const places = offered(labels).length < MANY ? labels.map((_, index) => index) : sections.flatMap(({ places }) => places);
  return places.slice(0, DIGITS);
}

const byUse = (found, labels, used) =>
  [...found].sort((one, other) => (used[labels[other].name] ?? 0) - (used[labels[one].name] ?? 0));

/** Put the labels first whose names begin with what is searched for. */
function beginsFirst(places, labels, [word]) {
  if (!word) return places;
  const begins = (index) => Number(plain(splitName(labels[index].name).text).startsWith(word));
  return [...places].sort((one, other) => begins(other) - begins(one));
}

/** Return a text as it is compared: without upper case and accents, with spaces for what joins words. */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[_-]/g, " ").toLowerCase();
