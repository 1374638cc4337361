// The dashboard's pure parts: figures as texts, pictures as places, events out of bytes, pieces of answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { many, ALIASES } from "./mock/world.mjs";

const APP = "../../crates/callsign-dashboard/assets/app";
const format = await import(`${APP}/format.js`);
const { layOut, lettersFor } = await import(`${APP}/layout.js`);
const { events } = await import(`${APP}/events.js`);
const { DIALECTS } = await import(`${APP}/dialects.js`);

const TEXTS = {
  rate: [[0, "0"], [0.004, "< 0.01"], [0.05, "0.05"], [9.994, "9.99"], [42.13, "42.1"], [123_456, "123,456"], [null, "–"]],
  milliseconds: [[0, "0 ms"], [999, "999 ms"], [1000, "1.00 s"], [12_340, "12.3 s"], [61_000, "1 min 1 s"], [undefined, "–"]],
  money: [[0, "$0"], [1, "$0.000000001"], [104_500, "$0.00010"], [46_000_000, "$0.046"], [995_000_000, "$0.99"], [1_500_000_000, "$1.50"], [1_234_000_000_000, "$1,234"], [null, "–"]],
  percent: [[0, "0 %"], [0.0004, "< 0.1 %"], [0.052, "5.2 %"], [0.931, "93.1 %"], [0.9999, "99.99 %"], [1, "100 %"], [null, "–"]],
  bytes: [[0, "0 B"], [2048, "2.0 KiB"], [5 * 1024 * 1024, "5.0 MiB"]],
  about: [[9888, "9,888"], [304_100, "304.1K"], [Number.NaN, "–"]],
  words: [["rate_limited", "rate limited"]],
  plain: [["a\u202eb\u0000c\nd", "a\ufffdb\ufffdc\ufffdd"], [null, ""], [7, "7"], ["né 😀", "né 😀"]],
  prose: [["a\r\nb\tc\u2066", "a\nb\tc\ufffd"]],
};

for (const [name, cases] of Object.entries(TEXTS)) {
  test(`${name} tells figures as people read them`, () => {
    for (const [value, text] of cases) assert.equal(format[name](value), text, String(value));
  });
}

test("a name that is too long loses its middle, by letters and not by bytes", () => {
  assert.equal(format.trimmed("0123456789", 10), "0123456789");
  assert.equal(format.trimmed("0123456789", 5), "01…89");
  assert.equal(format.trimmed("😀😀😀😀😀😀", 3), "😀…😀");
});

test("a picture stays inside its width, and no two leaves share a row, at every width", () => {
  for (const alias of many(40)) {
    for (let width = 240; width <= 1400; width += 20) {
      const laid = layOut(alias, width, 8);
      const rows = new Set(laid.leaves.map((leaf) => leaf.y));
      assert.equal(rows.size, laid.leaves.length);
      for (const leaf of laid.leaves) {
        assert.ok(leaf.x + 60 < width, `${alias.name} at ${width}`);
        assert.ok(leaf.y < laid.height);
        assert.ok(lettersFor(laid, leaf) >= 8);
      }
      for (const plate of laid.plates) assert.ok(plate.x + plate.width < laid.end, `${alias.name} at ${width}`);
    }
  }
});

test("a picture has a line to every node, and counts the leaves it leaves out", () => {
  const [support] = ALIASES;
  const whole = layOut(support, 1200, Infinity);
  assert.deepEqual([whole.leaves.length, whole.plates.length, whole.wires.length, whole.cut], [5, 2, 7, 0]);
  const cut = layOut(support, 1200, 2);
  assert.deepEqual([cut.leaves.length, cut.cut], [2, 3]);
});

const STREAM = "event: numbers\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n: a comment\n\ndata:x\n\nid: 7\n\ndata: é😀\n\ndata: half";
const EVENTS = [{ event: "numbers", data: '{"a":\n1}' }, { event: "message", data: "x" }, { event: "message", data: "é😀" }];

test("events are the same however their bytes are cut", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let size = 1; size <= bytes.length; size += 1) {
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const found = [];
    for await (const event of events(body)) found.push(event);
    assert.deepEqual(found, EVENTS, `${size} bytes at once`);
  }
});

const WISH = { alias: "a b/c", system: "be brief", text: "hi", most: 5, isStream: true };

test("each dialect asks as its clients do", () => {
  const asked = Object.fromEntries(Object.entries(DIALECTS).map(([name, dialect]) => [name, [dialect.path(WISH), dialect.body(WISH)]]));
  assert.deepEqual(asked, {
    chat: ["v1/chat/completions", { model: "a b/c", messages: [{ role: "system", content: "be brief" }, { role: "user", content: "hi" }], max_tokens: 5, stream: true, stream_options: { include_usage: true } }],
    responses: ["v1/responses", { model: "a b/c", instructions: "be brief", input: "hi", max_output_tokens: 5, store: false, stream: true }],
    messages: ["v1/messages", { model: "a b/c", max_tokens: 5, system: "be brief", messages: [{ role: "user", content: "hi" }], stream: true }],
    gemini: [
      "v1beta/models/a%20b%2Fc:streamGenerateContent?alt=sse",
      { systemInstruction: { parts: [{ text: "be brief" }] }, contents: [{ role: "user", parts: [{ text: "hi" }] }], generationConfig: { maxOutputTokens: 5 } },
    ],
  });
});

const PIECES = [
  ["chat", { choices: [{ delta: { reasoning_content: "hm" } }] }, { thought: "hm" }],
  ["chat", { choices: [{ delta: { content: null, refusal: "no" } }] }, { text: "no" }],
  ["chat", { error: { message: "cut" } }, { error: "cut" }],
  ["responses", { type: "response.reasoning_summary_text.delta", delta: "hm" }, { thought: "hm" }],
  ["responses", { type: "response.created", response: { usage: null } }, {}],
  ["responses", { type: "response.failed", response: { error: { message: "cut" } } }, { error: "cut" }],
  ["responses", { type: "error", message: "cut" }, { error: "cut" }],
  ["messages", { type: "content_block_delta", delta: { type: "thinking_delta", thinking: "hm" } }, { thought: "hm" }],
  ["messages", { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }, { usage: { input: null, output: 3 } }],
  ["messages", { type: "error", error: { message: "cut" } }, { error: "cut" }],
  ["gemini", { candidates: [{ content: { parts: [{ text: "hm", thought: true }, { text: "yes" }] } }] }, { thought: "hm", text: "yes" }],
  ["gemini", { error: { message: "cut" } }, { error: "cut" }],
  ["gemini", { promptFeedback: { blockReason: "SAFETY" } }, {}],
];

for (const [dialect, data, expected] of PIECES) {
  test(`${dialect} reads ${JSON.stringify(data)}`, () => {
    assert.deepEqual(DIALECTS[dialect].piece(data), { text: "", thought: "", usage: null, error: null, ...expected });
  });
}
