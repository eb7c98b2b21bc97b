// The top of the page: how many sentences are answered, and what is saved.

import { drawNotice } from "./hint.js";
import { progressOf } from "./status.js";
import { drawTop } from "./view.js";

const WAITING = "Your answers are kept in this browser. More sentences will appear when the server is back.";
const WAITING_HERE = "Your answers are only on this page, so stay on it. More sentences will appear when the server is back.";

/** Return a number as the other pages write it: 8,562. */
const grouped = (number) => number.toLocaleString("en-US");

export class TopLine {
  constructor(marker) {
    this.marker = marker;
    this.isInTrouble = false; // whether it was announced that saving has stopped
  }

  draw() {
    const { view, data, exchange } = this.marker;
    const saved = exchange.saved();
    this.announce(saved.state);
    const { done, all, share } = progressOf(data, exchange.unsaved());
    drawTop(view, { count: this.count(done, all), share, ...saved });
    if (saved.state === "trouble") drawNotice(view, exchange.isKept() ? WAITING : WAITING_HERE, []);
    else drawNotice(view, exchange.isWaiting ? "" : data.notice, exchange.isWaiting ? [] : data.next_steps);
  }

  count(done, all) {
    const { draft } = this.marker;
    if (draft?.reopened) return "An earlier sentence";
    if (!all) return "";
    return `${grouped(done)} of ${grouped(all)} answered`;
  }

  /** Announce once that saving has stopped, and once that it works again. */
  announce(state) {
    const isTrouble = state === "trouble";
    if (isTrouble === this.isInTrouble || !(isTrouble || state === "saved")) return;
    this.isInTrouble = isTrouble;
    const advice = this.marker.exchange.isKept()
      ? "your answers are kept in this browser"
      : "stay on this page, because this browser stores nothing";
    this.marker.say(isTrouble ? `Saving has stopped for now; ${advice}.` : "Saving works again, and all your answers are saved.");
  }
}
