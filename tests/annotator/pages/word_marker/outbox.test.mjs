import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeStorage, ForgetsInSilence, FullAfter } from "./fakes.mjs";
import {
  countOthers, newKey, openDrafts, openOutbox, openPreferences, takeOver,
} from "../../../../annotator/pages/word_marker/outbox.js";
import { savedState } from "../../../../annotator/pages/word_marker/status.js";
import { Forgetful } from "../../../../annotator/pages/word_marker/storage.js";

test("preferences win over the defaults, and a browser that refuses to store has the defaults", () => {
  const storage = new FakeStorage();
  openPreferences(storage, "p").save({ strength: 0 });
  assert.deepEqual(openPreferences(storage, "p").get(), {
    view: null, strength: 0, foldedGuidelines: 0, letters: true, mostUsedFirst: false, used: {}, tour: 0,
  });
  assert.equal(openPreferences({ getItem() { throw new Error("SecurityError"); } }, "p").get().strength, 2);
});

test("what storage refuses is held in memory, is reported, and outlives the marker that made it", () => {
  const memory = new Map();
  const full = Object.assign(new FakeStorage(), { setItem() { throw new Error("QuotaExceededError"); } });
  assert.equal(openOutbox(full, "w:p:1:", memory).put({ key: "a", at: 1, order: 1 }), false);
  assert.deepEqual(openOutbox(full, "w:p:1:", memory).answers().map(({ key }) => key), ["a"]);
  const said = savedState([{ key: "a" }], { trouble: "", sinceMs: 0, nowMs: 0, isKept: false });
  assert.deepEqual([said.state, said.stateText.includes("stay on this page")], ["trouble", true]);
});

test("an answer counts as kept only if it can be read back from where it outlives the page", () => {
  for (const [storage, isKept] of [
    [new FakeStorage(), true], [new Forgetful(), false], [new ForgetsInSilence(), false], [new FullAfter(1), false],
  ]) {
    const memory = new Map();
    const outbox = openOutbox(storage, "w:p:1:", memory);
    const puts = [outbox.put({ key: "a", at: 1, order: 1 }), outbox.put({ key: "b", at: 2, order: 2 })];
    assert.equal(puts[1], isKept, storage.constructor.name);
    assert.equal(outbox.isKept(), isKept, storage.constructor.name);
    assert.deepEqual(openOutbox(storage, "w:p:1:", memory).answers().map(({ key }) => key), ["a", "b"]);
  }
});

test("what a cleared storage lost is written again", () => {
  const storage = new FakeStorage();
  const outbox = openOutbox(storage, "w:p:1:");
  outbox.put({ key: "a", at: 1, order: 1 });
  storage.removeItem("w:p:1:a");
  assert.equal(outbox.isKept(), false);
  outbox.restoreLost();
  assert.equal(outbox.isKept(), true);
  assert.deepEqual(Object.keys(storage), ["w:p:1:a"]);
});

test("a draft says whether it is kept, and is held in memory where it is not", () => {
  const memory = new Map();
  assert.equal(openDrafts(new FakeStorage(), "d:").save(7, { marks: "+" }), true);
  const drafts = openDrafts(new ForgetsInSilence(), "d:", 0, memory);
  assert.equal(drafts.save(7, { marks: "+" }), false);
  assert.equal(openDrafts(new ForgetsInSilence(), "d:", 0, memory).read(7).marks, "+");
  drafts.remove(7);
  assert.equal(drafts.read(7), null);
});

test("what no server can acknowledge is not an answer, and is set aside, not thrown away", () => {
  const storage = new FakeStorage();
  const odd = { a: "{", b: "null", c: "[1]", d: '{"key": 7}', e: '{"key": "other"}', f: '"text"', g: "{}" };
  for (const [name, text] of Object.entries(odd)) storage.setItem(`whylight:p:1:${name}`, text);
  const outbox = openOutbox(storage, "whylight:p:1:");
  outbox.put({ key: "good", at: "no time", order: null });
  assert.deepEqual(outbox.answers().map(({ key }) => key), ["good"]);
  assert.equal(outbox.setAside(), 7);
  assert.equal(outbox.setAside(), 0);
  assert.equal(storage.getItem("whylight-aside:whylight:p:1:a"), "{");
  assert.deepEqual(outbox.answers().map(({ key }) => key), ["good"]);
});

test("what other people left unsaved in this browser is counted", () => {
  const storage = new FakeStorage();
  openOutbox(storage, "whylight:p:1:").put({ key: "a", at: 1, order: 1 });
  openOutbox(storage, "whylight:p:12:").put({ key: "b", at: 1, order: 1 });
  openOutbox(storage, "whylight:q:1:").put({ key: "c", at: 1, order: 1 });
  assert.equal(countOthers(storage, "whylight:p:", "whylight:p:1:"), 1);
});

test("the outbox keeps one key per answer, returns the oldest first and forgets only on receipt", () => {
  const storage = new FakeStorage();
  const outbox = openOutbox(storage, "whylight:p:1:");
  outbox.put({ key: "b", at: 5, order: 2 });
  outbox.put({ key: "a", at: 5, order: 1 });
  storage.setItem("whylight:p:11:c", JSON.stringify({ key: "c", at: 1, order: 1 }));
  storage.setItem("whylight:p:1:broken", "{");
  const later = openOutbox(storage, "whylight:p:1:");
  assert.deepEqual(later.answers().map(({ key }) => key), ["a", "b"]);
  later.remove("a");
  assert.deepEqual(openOutbox(storage, "whylight:p:1:").answers().map(({ key }) => key), ["b"]);
});

test("answers are held in memory where the browser refuses to store", () => {
  const full = new FakeStorage();
  full.setItem = () => { throw new Error("QuotaExceededError"); };
  Object.defineProperty(full, "setItem", { enumerable: false });
  const outbox = openOutbox(full, "whylight:p:1:");
  assert.equal(outbox.put({ key: "a", at: 1, order: 1 }), false);
  assert.equal(outbox.answers().length, 1);
});

test("old drafts are thrown away, fresh ones are not", () => {
  const storage = new FakeStorage();
  storage.setItem("d:1", JSON.stringify({ at: 0 }));
  storage.setItem("d:2", JSON.stringify({ at: 10 * 24 * 3600 * 1000 }));
  const drafts = openDrafts(storage, "d:", 10 * 24 * 3600 * 1000 + 1);
  assert.equal(drafts.read(1), null);
  assert.notEqual(drafts.read(2), null);
});

test("keys are unique with and without randomUUID", () => {
  const old = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) };
  assert.match(newKey(old), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newKey(old), newKey(old));
  assert.equal(newKey().length, 36);
});

test("what is under a person's former number becomes theirs, except what is older than they are", () => {
  const storage = new FakeStorage();
  const former = openOutbox(storage, "whylight:p:2:");
  former.put({ key: "carl-s", at: 50, order: 1 });
  former.put({ key: "mine", at: 100, order: 1 });
  openOutbox(storage, "whylight:p:22:").put({ key: "other", at: 200, order: 1 });
  for (const again of [1, 2]) takeOver(storage, "whylight:p:2:", "whylight:p:u:", 100);
  assert.deepEqual(openOutbox(storage, "whylight:p:u:").answers().map(({ key }) => key), ["mine"]);
  assert.deepEqual(openOutbox(storage, "whylight:p:2:").answers().map(({ key }) => key), ["carl-s"]);
  assert.equal(openOutbox(storage, "whylight:p:22:").answers().length, 1);
});

test("where storage is full, what is under a former number stays there", () => {
  const storage = new FakeStorage();
  openOutbox(storage, "whylight:p:2:").put({ key: "mine", at: 100, order: 1 });
  storage.setItem = () => { throw new Error("full"); };
  Object.defineProperty(storage, "setItem", { enumerable: false });
  takeOver(storage, "whylight:p:2:", "whylight:p:u:", 100);
  assert.equal(openOutbox(storage, "whylight:p:2:").answers().length, 1);
});
