// Sends what waits in this browser from pages without a marker, and shows in one line what is still there.

import { element } from "../word_marker/elements.js";
import { Delivery, elapsedMs, watchLeaving } from "../word_marker/delivery.js";

const TICK_MS = 1000;
const PATIENCE_MS = 5000; // another tab sends by itself what it has just put into the outbox
const LOOK_AGAIN_MS = 5000;

const senders = new WeakMap();

/** Streamlit calls this again, with the same element, whenever the data changes. */
export default function mount({ data, parentElement, setTriggerValue }) {
  watchLeaving();
  if (!senders.has(parentElement)) senders.set(parentElement, new Sender(parentElement));
  const sender = senders.get(parentElement);
  sender.receive(data, (value) => setTriggerValue("sync", value));
  return () => setTimeout(() => {
    if ((parentElement.host ?? parentElement).isConnected) return;
    senders.delete(parentElement);
    sender.close();
  }, 0);
}

class Sender extends Delivery {
  constructor(parent) {
    super();
    this.asked = 0; // how many messages have been sent
    this.line = element("p", { class: "line" });
    this.notes = element("div", { class: "notes" });
    this.box = element("div", { class: "sender", role: "status" }, this.notes, this.line);
    parent.append(this.box);
    this.seen = new Map(); // when this page first saw each answer that waits
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  close() {
    clearInterval(this.timer);
    this.box.remove();
  }

  receive(data, send) {
    const isNewPerson = this.update(data, send);
    const isMore = this.unsaved().length > 0 && data.receipts.length > 0;
    if (data.person !== null && (isNewPerson ? this.unsaved().length : isMore && !data.trouble)) this.sync();
    this.draw();
  }

  begin(storage) {
    super.begin(storage);
    this.seen = new Map(this.unsaved().map(({ key }) => [key, -PATIENCE_MS]));
  }

  /** Return what this page has to send: not what another tab is just sending. */
  late() {
    const now = elapsedMs();
    return this.unsaved().filter(({ key }) => {
      if (!this.seen.has(key)) this.seen.set(key, now);
      return now - this.seen.get(key) >= PATIENCE_MS;
    });
  }

  sync() {
    this.post({ number: ++this.asked });
  }

  tick() {
    const isDue = this.late().length > 0 ? this.mustResend() : this.data.looks_again && this.sinceSyncMs() >= LOOK_AGAIN_MS;
    if (this.data.person !== null && isDue) this.sync();
    this.draw();
  }

  draw() {
    const text = this.data.person === null ? "" : lineFor(this.late().length, { trouble: this.data.trouble, isKept: this.isKept() });
    if (this.line.textContent !== text) this.line.textContent = text;
    this.line.hidden = !text;
    drawNotes(this.notes, this.notices, (notice) => {
      this.dismiss(notice);
      this.draw();
    });
    this.box.hidden = !text && !this.notices.length;
  }
}

/** Return in words what is still here, or an empty text. */
function lineFor(count, { trouble, isKept }) {
  if (!count) return "";
  const number = count === 1 ? "1 answer is" : `${count} answers are`;
  const why = trouble ? `: ${trouble.replace(/\.$/, "")}, trying again` : "";
  if (!isKept) return `${number} still on this page, and this browser stores nothing: stay on this page${why}`;
  return `${number} still in this browser${why}`;
}

function drawNotes(box, notices, dismiss) {
  const drawn = [...box.querySelectorAll("span")].map(({ textContent }) => textContent);
  if (drawn.join("\n") === notices.join("\n")) return; // a button keeps its focus
  box.replaceChildren(...notices.map((notice) =>
    element("p", {}, element("span", {}, notice), element("button", { type: "button", onclick: () => dismiss(notice) }, "Dismiss"))));
}
