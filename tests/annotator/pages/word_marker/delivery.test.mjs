import assert from "node:assert/strict";
import { test } from "node:test";

import { Delivery } from "../../../../annotator/pages/word_marker/delivery.js";
import { FakeStorage } from "./fakes.mjs";
import { openNotices } from "../../../../annotator/pages/word_marker/outbox.js";
import { scopeOf } from "../../../../annotator/pages/word_marker/storage.js";

/** A server that stores what it is sent, at most 200 at once, and refuses some. */
function deliver(data, storage, refuse = () => false) {
  globalThis.window = { localStorage: storage };
  const delivery = new Delivery();
  const stored = [];
  const send = ({ outbox }) => {
    const receipts = outbox.slice(0, 200).map(({ key }) => ({ key, state: refuse(key) ? "rejected" : "saved", message: `not ${key}` }));
    stored.push(...receipts.map(({ key }) => key));
    delivery.update({ ...data, receipts }, send);
  };
  delivery.update({ ...data, receipts: [] }, send);
  return { delivery, stored };
}

test("a session of 2,000 answers leaves nothing in the browser, and each is sent once", () => {
  const storage = new FakeStorage();
  const { delivery, stored } = deliver({ project: "p", person: "long" }, storage);
  for (let number = 0; number < 2000; number += 1) {
    delivery.drafts.save(number, { edits: 1 });
    delivery.drafts.remove(number);
    delivery.outbox.put({ key: `key-${number}`, at: number, order: number });
    if (number % 3 === 0) delivery.post();
  }
  delivery.post();
  assert.deepEqual([stored.length, new Set(stored).size, delivery.unsaved().length], [2000, 2000, 0]);
  assert.deepEqual(Object.keys(storage), []);
});

test("2,000 answers that waited go out in order, 200 at a time", () => {
  const { delivery, stored } = deliver({ project: "p", person: "away" }, new FakeStorage());
  for (let number = 0; number < 2000; number += 1) delivery.outbox.put({ key: `key-${number}`, at: number, order: number });
  for (let each = 0; each < 10; each += 1) delivery.post();
  assert.deepEqual(stored, Array.from({ length: 2000 }, (_, number) => `key-${number}`));
});

test("a refused answer is shown until it is dismissed, on any page, and its marks become a draft", () => {
  const storage = new FakeStorage();
  const data = { project: "p", person: "refused" };
  const { delivery } = deliver(data, storage, () => true);
  delivery.outbox.put({ key: "a", sentence_id: 7, kind: "answer", label: 1, marks: "+..", edits: 1, shown: [], at: 1, order: 1 });
  delivery.post();
  assert.equal(delivery.drafts.read(7).marks, "+..");
  assert.deepEqual(deliver(data, storage).delivery.notices, ["An answer was not accepted: not a"]);
  delivery.dismiss("An answer was not accepted: not a");
  assert.deepEqual(deliver(data, storage).delivery.notices, []);
  assert.deepEqual(openNotices(storage, scopeOf(data).notices).messages(), []);
});

test("waiting for a reply that never comes is timed by a clock that cannot be set", () => {
  const { delivery } = deliver({ project: "p", person: "clock" }, new FakeStorage());
  const real = Date.now;
  try {
    Date.now = () => 0;
    assert.ok(delivery.sinceSyncMs() >= 0 && delivery.sinceSyncMs() < 60_000);
    assert.ok(Math.abs(delivery.waitingSinceMs([{ key: "a" }]) - performance.now()) < 60_000);
  } finally {
    Date.now = real;
  }
});
