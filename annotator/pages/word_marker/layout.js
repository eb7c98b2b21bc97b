// What the stylesheet cannot know: where the text is, for the bar below it, and how high the labels are, which stay in view.

/** Keep the bar in line with the text, and know the height of the labels; both change with the window and the guidelines. */
export function keepBarInLine(view, signal) {
  const observer = new ResizeObserver(() => placeBar(view));
  // What scrolls changes its width with the window and with its scroll bar; the page may then only move.
  const scroller = document.querySelector("[data-testid=stMain]") ?? document.body;
  for (const each of [scroller, view.page, view.top, view.choices, view.labelArea]) observer.observe(each);
  signal.addEventListener("abort", () => observer.disconnect());
}

/** Place the bar's actions under the text. */
export function placeBar({ page, top, choices, labelArea, bar }) {
  const { left, width } = top.getBoundingClientRect();
  bar.style.setProperty("--left", `${left}px`);
  bar.style.setProperty("--width", `${width}px`);
  page.style.setProperty("--head", `${choices.offsetHeight || labelArea.offsetHeight}px`);
}
