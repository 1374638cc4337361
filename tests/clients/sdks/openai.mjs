// openai-node, by Chat Completions and by Responses.

import OpenAI, { APIError } from "openai";

import { caught, given, link, use } from "./talk.mjs";

function client(url) {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "client-key", maxRetries: 0, timeout: 20_000 });
}

function choice(chosen, named) {
  return { any: "required", none: "none" }[chosen] ?? named;
}

export function chat(url, model, talk, heard) {
  const messages = talk.system ? [{ role: "developer", content: talk.system }] : [];
  const picture = { type: "image_url", image_url: { url: link(talk.image) } };
  const content = talk.image ? [{ type: "text", text: talk.prompt }, picture] : talk.prompt;
  messages.push({ role: "user", content });
  return caught(heard, APIError, () => chatLoop(client(url), model, talk, messages, heard));
}

function chatOptions(talk) {
  return given({
    max_completion_tokens: talk.limit,
    temperature: talk.temperature,
    reasoning_effort: talk.effort,
    stop: talk.stops.length ? talk.stops : null,
    tools: talk.tools.length
      ? talk.tools.map(({ name, description, schema }) => ({
          type: "function",
          function: { name, description, parameters: schema },
        }))
      : null,
    tool_choice: talk.choice && choice(talk.choice, { type: "function", function: { name: talk.choice } }),
    response_format: talk.schema && {
      type: "json_schema",
      json_schema: { name: "answer", schema: talk.schema, strict: true },
    },
  });
}

async function chatLoop(openai, model, talk, messages, heard) {
  for (;;) {
    const completion = await chatTurn(openai, model, talk, messages);
    const [{ message, finish_reason }] = completion.choices;
    const usage = completion.usage;
    heard.finish = finish_reason;
    heard.text = message.content ?? message.refusal ?? "";
    heard.usage = {
      input: usage.prompt_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
      output: usage.completion_tokens,
      reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    };
    const calls = (message.tool_calls ?? []).map(({ id, function: f }) => [id, f.name, JSON.parse(f.arguments)]);
    if (!calls.length) return;
    heard.calls.push(calls.map(([, name, args]) => [name, args]));
    messages.push(message);
    for (const [id, name, args] of calls) messages.push({ role: "tool", tool_call_id: id, content: use(name, args) });
  }
}

async function chatTurn(openai, model, talk, messages) {
  const ask = { model, messages, ...chatOptions(talk) };
  if (!talk.stream) return openai.chat.completions.create(ask);
  const stream = openai.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
  let snapshot;
  for await (const _chunk of stream) snapshot = stream.currentChatCompletionSnapshot ?? snapshot;
  return snapshot;
}

export function responses(url, model, talk, heard) {
  const content = [{ type: "input_text", text: talk.prompt }];
  if (talk.image) content.push({ type: "input_image", image_url: link(talk.image), detail: "auto" });
  return caught(heard, APIError, () => responsesLoop(client(url), model, talk, [{ role: "user", content }], heard));
}

function responsesOptions(talk) {
  return given({
    instructions: talk.system,
    max_output_tokens: talk.limit,
    temperature: talk.temperature,
    reasoning: talk.effort && { effort: talk.effort, summary: "auto" },
    tools: talk.tools.length
      ? talk.tools.map(({ name, description, schema }) => ({
          type: "function",
          name,
          description,
          parameters: schema,
          strict: false,
        }))
      : null,
    tool_choice: talk.choice && choice(talk.choice, { type: "function", name: talk.choice }),
    text: talk.schema && { format: { type: "json_schema", name: "answer", schema: talk.schema, strict: true } },
    store: false,
    include: ["reasoning.encrypted_content"],
  });
}

async function responsesLoop(openai, model, talk, items, heard) {
  for (;;) {
    const response = await responsesTurn(openai, model, talk, items);
    const parts = response.output.filter(({ type }) => type === "message").flatMap(({ content }) => content);
    heard.text = parts.map((part) => part.text ?? part.refusal).join("");
    heard.finish = response.incomplete_details?.reason ?? response.status;
    heard.usage = {
      input: response.usage.input_tokens,
      cached: response.usage.input_tokens_details.cached_tokens,
      output: response.usage.output_tokens,
      reasoning: response.usage.output_tokens_details.reasoning_tokens,
    };
    const thoughts = response.output.filter(({ type }) => type === "reasoning").flatMap(({ summary }) => summary);
    heard.thoughts += thoughts.map(({ text }) => text).join("");
    const calls = response.output.filter(({ type }) => type === "function_call");
    if (!calls.length) return;
    heard.calls.push(calls.map(({ name, arguments: text }) => [name, JSON.parse(text)]));
    items.push(...response.output.map(({ parsed_arguments: _, ...item }) => item));
    for (const { call_id, name, arguments: text } of calls)
      items.push({ type: "function_call_output", call_id, output: use(name, JSON.parse(text)) });
  }
}

async function responsesTurn(openai, model, talk, items) {
  const ask = { model, input: items, ...responsesOptions(talk) };
  if (!talk.stream) return openai.responses.create(ask);
  for await (const event of openai.responses.stream(ask))
    if (event.type === "response.completed" || event.type === "response.incomplete") return event.response;
  throw new Error("the stream ended without `response.completed`");
}
