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

test("a suggestion comes and goes with what the server says of a sentence, on the page as well", () => {
  const suggestion = { model: "m", label: 1, words: [0] };
  const exchange = exchangeWith(whole(1, { suggestion }), whole(2, { suggestion }), whole(3));
  const shown = exchange.next();
  const [, second] = exchange.held;
  send(exchange, { ...known(1), suggestion }, { ...known(2), suggestion }, { ...known(3), suggestion });
  assert.deepEqual(exchange.held.map((each) => each.suggestion), [suggestion, suggestion, suggestion]);
  assert.equal(exchange.held[1], second);
  send(exchange, known(1), known(2), known(3));
  assert.deepEqual(exchange.held.map((each) => each.suggestion), [undefined, undefined, undefined]);
  assert.equal(exchange.next(), shown);
});
