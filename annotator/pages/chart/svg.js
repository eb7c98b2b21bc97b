// SVG that drawing.py wrote, as an element of the page.

/** Return the drawing as an element. It was written by us: what comes from people is escaped text in it. */
export function drawn(svg) {
  return document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
}
