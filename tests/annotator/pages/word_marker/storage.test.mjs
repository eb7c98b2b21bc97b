import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeStorage, ForgetsInSilence, FullAfter } from "./fakes.mjs";
import { Forgetful, keepsThings } from "../../../../annotator/pages/word_marker/storage.js";

test("a browser is tested at the beginning for whether it keeps things, and the test leaves nothing there", () => {
  const good = new FakeStorage();
  assert.deepEqual([keepsThings(good), Object.keys(good)], [true, []]);
  for (const storage of [new Forgetful(), new ForgetsInSilence(), new FullAfter(0), {}]) assert.equal(keepsThings(storage), false);
});
