import assert from "node:assert/strict";
import { test } from "node:test";

import { Exchange } from "../../../../annotator/pages/word_marker/exchange.js";
import { sentence } from "./fakes.mjs";

/** Return an exchange of a person who has answered nothing, after the server has sent these sentences. */
function exchangeWith(...queue) {
  const exchange = new Exchange();
  exchange.drafts = { read: () => null };
  return send(exchange, ...queue);
}

function send(exchange, ...queue) {
  exchange.data = { queue };
  exchange.takeQueue();
  return exchange;
}

const ids = ({ held }) => held.map(({ sentence_id }) => sentence_id);
const whole = (sentence_id, changes = {}) => sentence({ sentence_id, reason: "first", ...changes });
const known = (sentence_id, reason = "first") => ({ sentence_id, reason });

test("a sentence that is here is not needed again: its id and reason are enough", () => {
  const exchange = exchangeWith(whole(1), whole(2));
  const [, second] = exchange.held;
  send(exchange, known(2), known(1, "another"), whole(3));
  assert.deepEqual(exchange.held.map(({ sentence_id, reason, text }) => [sentence_id, reason, text]),
    [[2, "first", "a b c"], [1, "another", "a b c"], [3, "first", "a b c"]]);
  assert.equal(exchange.held[0], second);
  assert.equal(exchange.lacks, false);
});

test("a sentence that is not here is asked for, and waits until it has come", () => {
  const exchange = exchangeWith(whole(1));
  send(exchange, known(1), known(9));
  assert.deepEqual([ids(exchange), exchange.lacks], [[1], true]);
  send(exchange, known(1), whole(9));
  assert.deepEqual([ids(exchange), exchange.lacks], [[1, 9], false]);
});

test("the sentence on the page stays as it was when it comes again with another round's saliency", () => {
  const exchange = exchangeWith(whole(1), whole(2));
  const shown = exchange.next();
  send(exchange, whole(1, { round: 4 }), whole(2, { round: 4 }));
  assert.equal(exchange.next(), shown);
  assert.deepEqual(exchange.held.map(({ round }) => round), [3, 4]);
});
