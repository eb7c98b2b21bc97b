// A sentence on the page: its words and gaps as elements, with marks and shading.

import { element, setAttribute } from "./elements.js";
import { closeSides, gaps, isUnseen, joinsNext, spokenName } from "./marks.js";

/** The sentence after the one on the page, built while the browser is idle: building a long one takes time. */
export class NextSentence {
  constructor() {
    this.built = null;
  }

  /** Return the sentence as elements, built now if it was not built ahead. */
  take(sentence) {
    const built = this.built?.sentence.sentence_id === sentence.sentence_id ? this.built : buildSentence(sentence);
    this.built = null;
    return built;
  }

  /** Build the sentence that `find` returns once the browser is idle. */
  buildWhenIdle(find) {
    whenIdle(() => {
      const next = find();
      if (next) this.built = buildSentence(next);
    });
  }
}

// Safari has no requestIdleCallback.
const whenIdle = (work) => (window.requestIdleCallback ?? setTimeout)(work);

// Long texts are set in smaller type.
const lengthOf = (words) => (words > 250 ? "very long" : words > 60 ? "long" : "short");

/** Return a sentence's words and gaps as elements, unmarked. */
function buildSentence(sentence) {
  const between = gaps(sentence.text, sentence.tokens, sentence.starts);
  const words = sentence.tokens.map((token, index) =>
    element("span", { class: isUnseen(token) ? "word unseen" : "word", role: "option", "data-index": index, "data-close": closeSides(between, index) }, token));
  const built = { sentence, words, gaps: between.slice(1).map((text) => element("span", { class: "gap" }, text)) };
  built.content = document.createDocumentFragment();
  built.content.append(between[0], ...words.flatMap((word, index) => [word, built.gaps[index]]));
  return built;
}

/** Put a built sentence on the page. */
export function showSentence(view, { sentence, words, gaps: between, content }) {
  view.query.textContent = sentence.query ?? "";
  view.query.hidden = !sentence.query;
  view.words = words;
  view.gaps = between;
  view.text.replaceChildren(content);
  view.text.dataset.length = lengthOf(words.length);
  view.text.classList.toggle("rtl", getComputedStyle(view.text).direction === "rtl");
}

/** Draw marks, shading and what is suggested on the words; only what has changed is written. */
export function drawWords(view, { tokens, marks, shades: levels, suggested, cursor }) {
  view.words.forEach((word, index) => {
    const mark = marks[index];
    const joinsRight = joinsNext(marks, index);
    const joinsLeft = index > 0 && joinsNext(marks, index - 1);
    setAttribute(word, "data-mark", mark);
    setAttribute(word, "data-edge", mark === "." ? "" : `${joinsLeft ? "" : "start"} ${joinsRight ? "" : "end"}`);
    setAttribute(word, "data-shade", levels[index]);
    setAttribute(word, "aria-selected", mark === "+");
    setAttribute(word, "aria-label", spokenName(tokens[index], mark, levels[index], suggested.has(index)));
    word.toggleAttribute("data-suggested", suggested.has(index));
    view.gaps[index].toggleAttribute("data-suggested", suggested.has(index) && suggested.has(index + 1));
    setAttribute(word, "tabindex", index === cursor ? 0 : -1);
    setAttribute(view.gaps[index], "data-mark", joinsRight ? mark : ".");
    setAttribute(view.gaps[index], "data-shade", joinsRight ? Math.min(levels[index], levels[index + 1]) : 0);
  });
}
