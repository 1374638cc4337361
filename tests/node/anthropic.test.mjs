// @anthropic-ai/sdk against the gateway: answers, streams, and the exception classes of every failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";

import { DEMO, json, scripted, serve, upstream } from "./gateway.mjs";

const ASK = { max_tokens: 50, messages: [{ role: "user", content: "Hello!" }] };

function client(url) {
  return new Anthropic({ baseURL: url, apiKey: "client-key", maxRetries: 0, timeout: 20_000 });
}

async function behind(context, answer) {
  const server = await upstream(context, answer);
  return { server, anthropic: client(await serve(context, scripted(server.url))) };
}

test("answers", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const { data, response } = await anthropic.messages.create({ model: "fast-model", ...ASK }).withResponse();
  assert.equal(data.role, "assistant");
  assert.ok(data.content[0].text);
  assert.equal(data.stop_reason, "end_turn");
  assert.equal(response.headers.get("x-callsign-alias"), "fast-model");
});

test("streams", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const stream = anthropic.messages.stream({ model: "fast-model", ...ASK });
  let text = "";
  stream.on("text", (piece) => (text += piece));
  const final = await stream.finalMessage();
  assert.ok(text);
  assert.equal(text, final.content[0].text);
  assert.equal(final.stop_reason, "end_turn");
});

test("tokens are counted", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const count = await anthropic.messages.countTokens({ model: "fast-model", messages: ASK.messages });
  assert.ok(count.input_tokens > 0);
});

test("models are listed page by page and found", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const ids = [];
  for await (const model of anthropic.models.list({ limit: 2 })) ids.push(model.id);
  assert.ok(ids.includes("fast-model") && ids.includes("demo/chatty"), ids.join());
  assert.equal(new Set(ids).size, ids.length);
  assert.equal((await anthropic.models.retrieve("demo/chatty")).id, "demo/chatty");
  await assert.rejects(anthropic.models.retrieve("nobody"), Anthropic.NotFoundError);
});

test("tools, thinking and cache marks pass through", async (context) => {
  const content = [
    { type: "thinking", thinking: "Hm", signature: "EqQB" },
    { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
  ];
  const usage = { input_tokens: 1, output_tokens: 1 };
  const { server, anthropic } = await behind(
    context,
    json({ id: "m", type: "message", role: "assistant", model: "c", content, stop_reason: "tool_use", usage }),
  );
  const ask = {
    max_tokens: 2048,
    thinking: { type: "enabled", budget_tokens: 1024 },
    system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
    tools: [{ name: "f", input_schema: { type: "object" } }],
    messages: ASK.messages,
  };
  const reply = await anthropic.messages.create({ model: "creative", ...ask });
  assert.deepEqual(reply.content, content);
  const [request] = server.requests;
  assert.equal(request.body.toString(), JSON.stringify({ model: "claude-3-haiku", ...ask }));
  assert.equal(request.headers["x-api-key"], "k");
  assert.ok(request.headers["anthropic-version"]);
});

test("unknown model", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  await assert.rejects(anthropic.messages.create({ model: "fast-modle", ...ASK }), (error) => {
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.equal(error.error.error.type, "not_found_error");
    assert.match(error.message, /`fast-model`/);
    return true;
  });
});

const CLASSES = [
  [400, Anthropic.BadRequestError],
  [401, Anthropic.AuthenticationError],
  [403, Anthropic.PermissionDeniedError],
  [404, Anthropic.NotFoundError],
  [429, Anthropic.RateLimitError],
  [500, Anthropic.InternalServerError],
  [529, Anthropic.InternalServerError],
];

for (const [status, expected] of CLASSES) {
  test(`upstream answers ${status}`, async (context) => {
    const body = { type: "error", error: { type: "t", message: "no" } };
    const headers = { "retry-after": "17", "request-id": "req_9" };
    const { anthropic } = await behind(context, json(body, status, headers));
    await assert.rejects(anthropic.messages.create({ model: "creative", ...ASK }), (error) => {
      assert.ok(error instanceof expected, error.constructor.name);
      assert.equal(error.status, status);
      const { attempts, ...told } = error.error.error;
      assert.deepEqual({ ...error.error, error: told }, body);
      assert.deepEqual(attempts.map((attempt) => attempt.status), [status]);
      assert.equal(error.headers.get("retry-after"), "17");
      assert.equal(error.requestID, "req_9");
      return true;
    });
  });
}

test("simulated faults", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const cases = [
    ["demo/limited", Anthropic.RateLimitError],
    ["demo/broken", Anthropic.InternalServerError],
    ["demo/denied", Anthropic.AuthenticationError],
  ];
  for (const [model, expected] of cases) {
    await assert.rejects(anthropic.messages.create({ model, ...ASK }), expected);
  }
});

test("stream that breaks off throws", async (context) => {
  const anthropic = client(await serve(context, DEMO));
  const stream = await anthropic.messages.create({ model: "demo/cutting", ...ASK, stream: true });
  await assert.rejects(async () => {
    for await (const event of stream) assert.ok(event);
  }, Anthropic.APIError);
});

test("refused connection", async (context) => {
  const anthropic = client(await serve(context, scripted("http://127.0.0.1:1")));
  await assert.rejects(anthropic.messages.create({ model: "creative", ...ASK }), (error) => {
    assert.ok(error instanceof Anthropic.InternalServerError);
    assert.equal(error.status, 502);
    return true;
  });
});

test("timeout", async (context) => {
  const { anthropic } = await behind(context, () => {});
  await assert.rejects(anthropic.messages.create({ model: "creative-and-impatient", ...ASK }), (error) => {
    assert.ok(error instanceof Anthropic.InternalServerError);
    assert.equal(error.status, 504);
    return true;
  });
});

test("malformed body and body too large", async (context) => {
  const { server, anthropic } = await behind(context, json({}));
  const headers = { "content-type": "application/json" };
  await assert.rejects(anthropic.post("/v1/messages", { body: Buffer.from('{"model"'), headers }), Anthropic.BadRequestError);
  const messages = [{ role: "user", content: "x".repeat(1 << 20) }];
  await assert.rejects(anthropic.messages.create({ model: "creative", max_tokens: 8, messages }), (error) => {
    assert.deepEqual([error.status, error.error.error.type], [413, "request_too_large"]);
    return true;
  });
  assert.equal(server.requests.length, 0);
});
