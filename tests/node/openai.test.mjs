// openai-node against the gateway: answers, streams, and the exception classes of every failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";

import { DEMO, json, scripted, serve, upstream } from "./gateway.mjs";

const MESSAGES = [{ role: "user", content: "Hello!" }];

function client(url, options = {}) {
  return new OpenAI({ baseURL: url, apiKey: "client-key", maxRetries: 0, timeout: 20_000, ...options });
}

async function behind(context, answer) {
  const server = await upstream(context, answer);
  return { server, openai: client(await serve(context, scripted(server.url))) };
}

test("answers", async (context) => {
  const url = await serve(context, DEMO);
  for (const base of [url, `${url}/v1`]) {
    const { data, response } = await client(base)
      .chat.completions.create({ model: "fast-model", messages: MESSAGES })
      .withResponse();
    assert.ok(data.choices[0].message.content);
    assert.equal(data.choices[0].finish_reason, "stop");
    assert.equal(response.headers.get("x-callsign-alias"), "fast-model");
    assert.equal(response.headers.get("x-callsign-model"), "demo/chatty");
  }
});

test("streams", async (context) => {
  const openai = client(await serve(context, DEMO));
  const stream = await openai.chat.completions.create({ model: "fast-model", messages: MESSAGES, stream: true });
  let text = "";
  let finish;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  assert.ok(text);
  assert.equal(finish, "stop");
});

test("responses, whole and streamed", async (context) => {
  const openai = client(await serve(context, DEMO));
  const reply = await openai.responses.create({ model: "fast-model", input: "Hello" });
  assert.equal(reply.status, "completed");
  assert.ok(reply.output_text);
  const types = [];
  for await (const event of await openai.responses.create({ model: "fast-model", input: "Hello", stream: true })) {
    types.push(event.type);
  }
  assert.equal(types.at(0), "response.created");
  assert.equal(types.at(-1), "response.completed");
});

test("embeddings and completions", async (context) => {
  const openai = client(await serve(context, DEMO));
  const { data } = await openai.embeddings.create({ model: "fast-model", input: ["a", "b"] });
  assert.equal(data.length, 2);
  assert.ok(data[0].embedding.length > 1);
  const reply = await openai.completions.create({ model: "fast-model", prompt: "Hello" });
  assert.ok(reply.choices[0].text);
});

test("models are listed and found", async (context) => {
  const openai = client(await serve(context, DEMO));
  const ids = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  assert.ok(ids.includes("fast-model") && ids.includes("demo/chatty"), ids.join());
  assert.equal((await openai.models.retrieve("fast-model")).id, "fast-model");
  // The client escapes the slash in the path.
  assert.equal((await openai.models.retrieve("demo/chatty")).id, "demo/chatty");
  await assert.rejects(openai.models.retrieve("nobody"), OpenAI.NotFoundError);
});

test("tools pass through", async (context) => {
  const call = { id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  const { server, openai } = await behind(
    context,
    json({ id: "1", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, finish_reason: "tool_calls", message }] }),
  );
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
  const reply = await openai.chat.completions.create({ model: "fast", messages: MESSAGES, tools });
  assert.deepEqual(reply.choices[0].message.tool_calls, [call]);
  const [request] = server.requests;
  assert.equal(request.body.toString(), JSON.stringify({ model: "gpt-4o-mini", messages: MESSAGES, tools }));
  assert.equal(request.headers.authorization, "Bearer k");
});

test("audio passes through with its model resolved", async (context) => {
  const { server, openai } = await behind(context, json({ text: "hello" }));
  const file = await toFile(Buffer.from([82, 73, 70, 70, 0, 255]), "speech.wav", { type: "audio/wav" });
  assert.equal((await openai.audio.transcriptions.create({ model: "fast", file })).text, "hello");
  const [request] = server.requests;
  assert.equal(request.url, "/v1/audio/transcriptions");
  assert.ok(request.body.includes('name="model"\r\n\r\ngpt-4o-mini\r\n'));
  assert.ok(request.body.includes(Buffer.from([82, 73, 70, 70, 0, 255])));
});

test("unknown model", async (context) => {
  const openai = client(await serve(context, DEMO));
  await assert.rejects(openai.chat.completions.create({ model: "fast-modle", messages: MESSAGES }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, "model_not_found");
    assert.match(error.message, /`fast-model`/);
    return true;
  });
});

const CLASSES = [
  [400, OpenAI.BadRequestError],
  [401, OpenAI.AuthenticationError],
  [403, OpenAI.PermissionDeniedError],
  [404, OpenAI.NotFoundError],
  [422, OpenAI.UnprocessableEntityError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
  [503, OpenAI.InternalServerError],
];

for (const [status, expected] of CLASSES) {
  test(`upstream answers ${status}`, async (context) => {
    const body = { error: { message: "no", type: "t", param: null, code: "c" } };
    const { openai } = await behind(context, json(body, status, { "retry-after": "17" }));
    await assert.rejects(openai.chat.completions.create({ model: "fast", messages: MESSAGES }), (error) => {
      assert.ok(error instanceof expected, error.constructor.name);
      assert.equal(error.status, status);
      assert.equal(error.code, "c");
      assert.equal(error.headers.get("retry-after"), "17");
      return true;
    });
  });
}

test("simulated faults", async (context) => {
  const openai = client(await serve(context, DEMO));
  const cases = [
    ["demo/limited", OpenAI.RateLimitError],
    ["demo/broken", OpenAI.InternalServerError],
    ["demo/denied", OpenAI.AuthenticationError],
  ];
  for (const [model, expected] of cases) {
    await assert.rejects(openai.chat.completions.create({ model, messages: MESSAGES }), expected);
  }
});

test("stream that breaks off throws", async (context) => {
  const openai = client(await serve(context, DEMO));
  const stream = await openai.chat.completions.create({ model: "demo/cutting", messages: MESSAGES, stream: true });
  await assert.rejects(async () => {
    for await (const chunk of stream) assert.ok(chunk);
  }, OpenAI.APIError);
});

test("refused connection", async (context) => {
  const openai = client(await serve(context, scripted("http://127.0.0.1:1")));
  await assert.rejects(openai.chat.completions.create({ model: "fast", messages: MESSAGES }), (error) => {
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code], [502, "upstream_unreachable"]);
    return true;
  });
});

test("timeout", async (context) => {
  const { openai } = await behind(context, () => {});
  await assert.rejects(openai.chat.completions.create({ model: "fast-and-impatient", messages: MESSAGES }), (error) => {
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code], [504, "upstream_timeout"]);
    return true;
  });
});

test("malformed body and body too large", async (context) => {
  const { server, openai } = await behind(context, json({}));
  const headers = { "content-type": "application/json" };
  await assert.rejects(openai.post("/chat/completions", { body: Buffer.from('{"model"'), headers }), OpenAI.BadRequestError);
  const messages = [{ role: "user", content: "x".repeat(1 << 20) }];
  await assert.rejects(openai.chat.completions.create({ model: "fast", messages }), (error) => {
    assert.deepEqual([error.status, error.code], [413, "body_too_large"]);
    return true;
  });
  assert.equal(server.requests.length, 0);
});

test("client that aborts ends its request at the upstream", async (context) => {
  const { promise: gone, resolve } = deferred();
  const { openai } = await behind(context, (_request, response) => {
    response.on("close", resolve);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n');
  });
  const stream = await openai.chat.completions.create({ model: "fast", messages: MESSAGES, stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0].delta.content, "a");
    break;
  }
  await gone;
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
