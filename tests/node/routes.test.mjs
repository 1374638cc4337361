// What the official Node clients see of fallbacks: plain success, or the exception of the last provider's error.

import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import { serve } from "./gateway.mjs";

const MESSAGES = [{ role: "user", content: "Hello!" }];
const OPTIONS = { apiKey: "client-key", maxRetries: 0, timeout: 20_000 };

const CONFIG = `
model_providers:
  - {model: demo/good}
  - {model: demo/broken, simulate: {fault: 500}}
  - {model: demo/hanging, simulate: {fault: hang}}
  - {model: demo/cutting, simulate: {fault: cut}}
  - {model: demo/failing, simulate: {fault: 500}}
  - {model: demo/limited, simulate: {fault: 429}}
model_aliases:
  backed: {target: demo/broken, fallbacks: [{target: demo/good}]}
  late: {targets: [{model: demo/hanging, timeout: 200ms}], fallbacks: [{target: demo/good}]}
  cut: {target: demo/cutting, fallbacks: [{target: demo/good}]}
  exhausted: {target: demo/failing, fallbacks: [{target: demo/limited}]}
`;

async function clients(context) {
  const url = await serve(context, CONFIG);
  return {
    openai: new OpenAI({ baseURL: url, ...OPTIONS }),
    anthropic: new Anthropic({ baseURL: url, ...OPTIONS }),
  };
}

for (const model of ["backed", "late"]) {
  test(`fallback of ${model} is plain success`, async (context) => {
    const { openai, anthropic } = await clients(context);
    const { data, response } = await openai.chat.completions.create({ model, messages: MESSAGES }).withResponse();
    assert.equal(data.choices[0].finish_reason, "stop");
    assert.equal(response.headers.get("x-callsign-model"), "demo/good");
    assert.equal(response.headers.get("x-callsign-attempts"), "2");
    const reply = await anthropic.messages.create({ model, max_tokens: 50, messages: MESSAGES });
    assert.equal(reply.stop_reason, "end_turn");
  });

  test(`fallback of a stream of ${model} is plain success`, async (context) => {
    const { openai, anthropic } = await clients(context);
    let text = "";
    let finish;
    for await (const chunk of await openai.chat.completions.create({ model, messages: MESSAGES, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    assert.ok(text);
    assert.equal(finish, "stop");
    const reply = await anthropic.messages.stream({ model, max_tokens: 50, messages: MESSAGES }).finalMessage();
    assert.equal(reply.stop_reason, "end_turn");
    assert.ok(reply.content[0].text);
  });
}

for (const stream of [false, true]) {
  test(`exhausted fallbacks throw the last error, stream: ${stream}`, async (context) => {
    const told = (error, attempts) => {
      assert.equal(error.status, 429);
      assert.equal(error.headers.get("retry-after"), "1");
      assert.deepEqual(
        attempts.map(({ model, condition, status }) => [model, condition, status]),
        [
          ["demo/failing", "unavailable", 500],
          ["demo/limited", "rate_limited", 429],
        ],
      );
      return true;
    };
    const ask = { model: "exhausted", messages: MESSAGES, stream };
    // A gateway for each: a target that asked for a pause gets it, and is passed over meanwhile.
    const { openai } = await clients(context);
    await assert.rejects(openai.chat.completions.create(ask), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError, error.constructor.name);
      return told(error, error.error.attempts);
    });
    const { anthropic } = await clients(context);
    await assert.rejects(anthropic.messages.create({ ...ask, max_tokens: 8 }), (error) => {
      assert.ok(error instanceof Anthropic.RateLimitError, error.constructor.name);
      return told(error, error.error.error.attempts);
    });
  });
}

test("stream that breaks after its first token throws", async (context) => {
  const { openai, anthropic } = await clients(context);
  let said = "";
  const stream = await openai.chat.completions.create({ model: "cut", messages: MESSAGES, stream: true });
  await assert.rejects(async () => {
    for await (const chunk of stream) said += chunk.choices[0].delta.content ?? "";
  }, OpenAI.APIError);
  assert.ok(said);
  const events = await anthropic.messages.create({ model: "cut", max_tokens: 50, messages: MESSAGES, stream: true });
  let deltas = 0;
  await assert.rejects(async () => {
    for await (const event of events) deltas += event.type === "content_block_delta" ? 1 : 0;
  }, Anthropic.APIError);
  assert.ok(deltas > 0);
});
