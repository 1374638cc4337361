// @anthropic-ai/sdk.

import Anthropic, { APIError } from "@anthropic-ai/sdk";

import { BUDGETS, PIXELS, caught, given, use } from "./talk.mjs";

export function messages(url, model, talk, heard) {
  const anthropic = new Anthropic({ baseURL: url, apiKey: "client-key", maxRetries: 0, timeout: 20_000 });
  return caught(heard, APIError, () => loop(anthropic, model, talk, [{ role: "user", content: prompt(talk) }], heard));
}

function prompt(talk) {
  if (!talk.image) return talk.prompt;
  const inline = { type: "base64", media_type: "image/png", data: PIXELS };
  const source = talk.image === "inline" ? inline : { type: "url", url: talk.image };
  return [
    { type: "image", source },
    { type: "text", text: talk.prompt },
  ];
}

function choice(chosen) {
  if (chosen === "any" || chosen === "none") return { type: chosen };
  return chosen && { type: "tool", name: chosen };
}

function options(talk) {
  return given({
    max_tokens: talk.limit ?? 4096,
    system: talk.system,
    temperature: talk.temperature,
    stop_sequences: talk.stops.length ? talk.stops : null,
    thinking: talk.effort && { type: "enabled", budget_tokens: BUDGETS[talk.effort] },
    tools: talk.tools.length
      ? talk.tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema }))
      : null,
    tool_choice: choice(talk.choice),
    output_config: talk.schema && { format: { type: "json_schema", schema: talk.schema } },
  });
}

async function loop(anthropic, model, talk, said, heard) {
  for (;;) {
    const ask = { model, messages: said, ...options(talk) };
    // Sampling went with the version that the newest SDK sends.
    const headers = talk.temperature === null ? {} : { "anthropic-version": "2023-06-01" };
    const message = talk.stream
      ? await anthropic.messages.stream(ask, { headers }).finalMessage()
      : await anthropic.messages.create(ask, { headers });
    const of = (kind) => message.content.filter(({ type }) => type === kind);
    heard.text = of("text").map(({ text }) => text).join("");
    heard.thoughts += of("thinking").map(({ thinking }) => thinking).join("");
    heard.finish = message.stop_reason;
    const cached = message.usage.cache_read_input_tokens ?? 0;
    heard.usage = { input: message.usage.input_tokens + cached, cached, output: message.usage.output_tokens };
    const calls = of("tool_use");
    if (!calls.length) return;
    heard.calls.push(calls.map(({ name, input }) => [name, input]));
    const content = calls.map(({ id, name, input }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: use(name, input),
    }));
    said.push({ role: "assistant", content: message.content }, { role: "user", content });
  }
}
