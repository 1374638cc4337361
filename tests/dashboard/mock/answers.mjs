// Answers of a model in each client dialect, piece by piece, as the playground asks for them.

import { exchange } from "./world.mjs";

const WORDS = ["Hello", " from", " the", " mock:", " <b>not bold</b>", " & done."];

function chunks(dialect, words) {
  const data = (object) => `data: ${JSON.stringify(object)}\n\n`;
  const named = (object) => `event: ${object.type}\n${data(object)}`;
  switch (dialect) {
    case "chat":
      return [
        ...words.map((content) => data({ choices: [{ index: 0, delta: { content } }] })),
        data({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 6 } }),
        "data: [DONE]\n\n",
      ];
    case "responses":
      return [
        ...words.map((delta) => named({ type: "response.output_text.delta", delta })),
        named({ type: "response.completed", response: { usage: { input_tokens: 12, output_tokens: 6 } } }),
      ];
    case "messages":
      return [
        named({ type: "message_start", message: { usage: { input_tokens: 12, output_tokens: 1 } } }),
        ...words.map((word) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: word } })),
        named({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 6 } }),
        named({ type: "message_stop" }),
      ];
    default:
      return words.map((word) => data({ candidates: [{ content: { parts: [{ text: word }] } }], usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 6 } }));
  }
}

function whole(dialect, content) {
  switch (dialect) {
    case "chat":
      return { choices: [{ message: { role: "assistant", content } }], usage: { prompt_tokens: 12, completion_tokens: 6 } };
    case "responses":
      return { output: [{ type: "message", content: [{ type: "output_text", text: content }] }], usage: { input_tokens: 12, output_tokens: 6 } };
    case "messages":
      return { content: [{ type: "text", text: content }], usage: { input_tokens: 12, output_tokens: 6 } };
    default:
      return { candidates: [{ content: { parts: [{ text: content }] } }], usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 6 } };
  }
}

/** The dialect, the model and whether a stream is wanted, by the path as a real gateway reads them. */
function asked(path, body) {
  const gemini = /^v1beta\/models\/(.+):(streamGenerateContent|generateContent)$/s.exec(path);
  if (gemini) return { dialect: "gemini", model: gemini[1], isStream: gemini[2] === "streamGenerateContent" };
  const dialect = { "v1/chat/completions": "chat", "v1/responses": "responses", "v1/messages": "messages" }[path];
  return { dialect, model: body.model, isStream: body.stream === true };
}

export async function answer(state, path, text, response) {
  const { dialect, model, isStream } = asked(path, JSON.parse(text));
  const record = exchange(900_000 + state.asked.length, { asked: model, alias: model, attempts: exchange(0).attempts });
  state.exchanges.unshift(record);
  const headers = {
    "x-callsign-request-id": record.id,
    "x-callsign-alias": encodeURIComponent(model),
    "x-callsign-model": "lakeside/heron-2-mini",
    "x-callsign-attempts": "3",
  };
  const words = state.says ?? WORDS;
  if (model === "nobody") {
    const error = { message: "`nobody` is neither an alias nor a model", type: "invalid_request_error", code: "model_not_found" };
    response.writeHead(404, { ...headers, "content-type": "application/json", "x-callsign-error": "model_not_found" });
    return void response.end(JSON.stringify({ error }));
  }
  if (!isStream) {
    response.writeHead(200, { ...headers, "content-type": "application/json" });
    return void response.end(JSON.stringify(whole(dialect, words.join(""))));
  }
  response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
  for (const [at, chunk] of chunks(dialect, words).entries()) {
    // A test that wants to see the stream on its way holds it here.
    if (at === 2) await state.gate;
    response.write(chunk);
  }
  response.end();
}
