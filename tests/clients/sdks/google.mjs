// @google/genai.

import { ApiError, GoogleGenAI } from "@google/genai";

import { BUDGETS, PIXELS, caught, given, use } from "./talk.mjs";

export function generate(url, model, talk, heard) {
  const google = new GoogleGenAI({ apiKey: "client-key", vertexai: false, httpOptions: { baseUrl: url, timeout: 20_000 } });
  return caught(heard, ApiError, () => loop(google, model, talk, [{ role: "user", parts: prompt(talk) }], heard));
}

function prompt(talk) {
  if (!talk.image) return [{ text: talk.prompt }];
  const inline = { inlineData: { mimeType: "image/png", data: PIXELS } };
  const linked = { fileData: { mimeType: "image/png", fileUri: talk.image } };
  return [{ text: talk.prompt }, talk.image === "inline" ? inline : linked];
}

function config(talk) {
  const calling = ["any", "none"].includes(talk.choice)
    ? { mode: talk.choice.toUpperCase() }
    : { mode: "ANY", allowedFunctionNames: [talk.choice] };
  return given({
    systemInstruction: talk.system,
    maxOutputTokens: talk.limit,
    temperature: talk.temperature,
    stopSequences: talk.stops.length ? talk.stops : null,
    thinkingConfig: talk.effort && { thinkingBudget: BUDGETS[talk.effort], includeThoughts: true },
    tools: talk.tools.length
      ? [
          {
            functionDeclarations: talk.tools.map(({ name, description, schema }) => ({
              name,
              description,
              parametersJsonSchema: schema,
            })),
          },
        ]
      : null,
    toolConfig: talk.choice && { functionCallingConfig: calling },
    responseMimeType: talk.schema && "application/json",
    responseJsonSchema: talk.schema,
  });
}

async function loop(google, model, talk, contents, heard) {
  for (;;) {
    const answers = await turn(google, { model, contents, config: config(talk) }, talk);
    const parts = answers.flatMap((answer) => answer.candidates?.[0]?.content?.parts ?? []);
    const last = answers.at(-1);
    const thoughts = last.usageMetadata.thoughtsTokenCount ?? 0;
    heard.text = parts.filter(({ thought }) => !thought).map(({ text }) => text ?? "").join("");
    heard.thoughts += parts.filter(({ thought }) => thought).map(({ text }) => text ?? "").join("");
    heard.finish = last.candidates[0].finishReason;
    heard.usage = {
      input: last.usageMetadata.promptTokenCount,
      cached: last.usageMetadata.cachedContentTokenCount ?? 0,
      output: (last.usageMetadata.candidatesTokenCount ?? 0) + thoughts,
      reasoning: thoughts,
    };
    const calls = parts.filter(({ functionCall }) => functionCall).map(({ functionCall }) => functionCall);
    if (!calls.length) return;
    heard.calls.push(calls.map(({ name, args }) => [name, args]));
    const results = calls.map(({ id, name, args }) => ({
      functionResponse: given({ id, name, response: { output: use(name, args) } }),
    }));
    contents.push({ role: "model", parts: parts.filter(({ text }) => text !== "") }, { role: "user", parts: results });
  }
}

async function turn(google, ask, talk) {
  if (!talk.stream) return [await google.models.generateContent(ask)];
  const answers = [];
  for await (const answer of await google.models.generateContentStream(ask)) answers.push(answer);
  return answers;
}
