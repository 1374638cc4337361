// Vercel's AI SDK over its providers for OpenAI, for what is compatible with it, and for Anthropic.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, Output, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

import { BUDGETS, PIXELS, caught, given, use } from "./talk.mjs";

export function overResponses(url, model, talk, heard) {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: "client-key" });
  const reasoning = given({ reasoningEffort: talk.effort, reasoningSummary: talk.effort && "auto", store: false });
  return hold(openai.responses(model), { openai: { ...reasoning, forceReasoning: Boolean(talk.effort) } }, talk, heard);
}

export function overChat(url, model, talk, heard) {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: "client-key" });
  const reasoning = given({ reasoningEffort: talk.effort, forceReasoning: talk.effort && true });
  return hold(openai.chat(model), { openai: reasoning }, talk, heard);
}

export function overCompatible(url, model, talk, heard) {
  const options = { name: "callsign", baseURL: `${url}/v1`, apiKey: "client-key", includeUsage: true };
  const callsign = createOpenAICompatible({ ...options, supportsStructuredOutputs: true });
  return hold(callsign(model), { callsign: given({ reasoningEffort: talk.effort }) }, talk, heard);
}

export function overAnthropic(url, model, talk, heard) {
  const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: "client-key" });
  const thinking = talk.effort && { type: "enabled", budgetTokens: BUDGETS[talk.effort] };
  return hold(anthropic(model), { anthropic: given({ thinking }) }, talk, heard);
}

function prompt(talk) {
  const image = talk.image === "inline" ? Buffer.from(PIXELS, "base64") : new URL(talk.image ?? "http://localhost");
  const picture = talk.image ? [{ type: "image", image, mediaType: "image/png" }] : [];
  return [{ role: "user", content: [{ type: "text", text: talk.prompt }, ...picture] }];
}

function tools(talk) {
  const made = ({ name, description, schema }) => [
    name,
    tool({ description, inputSchema: jsonSchema(schema), execute: (args) => use(name, args) }),
  ];
  return talk.tools.length ? Object.fromEntries(talk.tools.map(made)) : null;
}

function choice(chosen) {
  if (chosen === "any") return "required";
  return chosen === "none" ? "none" : chosen && { type: "tool", toolName: chosen };
}

function hold(model, providerOptions, talk, heard) {
  return caught(heard, APICallError, async () => {
    const ask = given({
      model,
      providerOptions,
      system: talk.system,
      messages: prompt(talk),
      maxOutputTokens: talk.limit,
      temperature: talk.temperature,
      stopSequences: talk.stops.length ? talk.stops : null,
      tools: tools(talk),
      toolChoice: choice(talk.choice),
      // A choice that forces a call is for the first step, or the loop would never end.
      prepareStep: ({ stepNumber }) => (stepNumber && talk.choice ? { toolChoice: "auto" } : {}),
      output: talk.schema && Output.object({ schema: jsonSchema(talk.schema) }),
      stopWhen: stepCountIs(6),
      maxRetries: 0,
    });
    understand(talk.stream ? await streamed(ask) : await generateText(ask), heard);
  });
}

async function streamed(ask) {
  let failure;
  const result = streamText({ ...ask, onError: ({ error }) => (failure = error) });
  await result.consumeStream();
  if (failure) throw failure;
  return { steps: await result.steps };
}

function understand({ steps }, heard) {
  const last = steps.at(-1);
  heard.text = last.text;
  heard.thoughts = steps.map(({ reasoningText }) => reasoningText ?? "").join("");
  heard.finish = last.finishReason;
  heard.usage = given({
    input: last.usage.inputTokens,
    cached: last.usage.cachedInputTokens ?? 0,
    output: last.usage.outputTokens,
    reasoning: last.usage.reasoningTokens,
  });
  for (const { toolCalls } of steps)
    if (toolCalls.length) heard.calls.push(toolCalls.map(({ toolName, input }) => [toolName, input]));
}
