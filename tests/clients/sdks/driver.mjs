// Reads talks from standard input, a line each, holds them with the client named, and writes what was understood.

import { createInterface } from "node:readline";

import * as ai from "./ai.mjs";
import * as anthropic from "./anthropic.mjs";
import * as google from "./google.mjs";
import * as openai from "./openai.mjs";

const SDKS = {
  "openai-chat": openai.chat,
  "openai-responses": openai.responses,
  anthropic: anthropic.messages,
  google: google.generate,
  "ai-openai": ai.overResponses,
  "ai-openai-chat": ai.overChat,
  "ai-compatible": ai.overCompatible,
  "ai-anthropic": ai.overAnthropic,
};

// Standard output is for what was understood alone; the AI SDK has things to say there, too.
console.log = console.info = console.error;

for await (const line of createInterface({ input: process.stdin })) {
  const { sdk, url, model, talk } = JSON.parse(line);
  const heard = { text: "", calls: [], thoughts: "", finish: null, usage: {}, error: null };
  try {
    await SDKS[sdk](url, model, talk, heard);
    process.stdout.write(JSON.stringify(heard) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ thrown: String(error.stack ?? error) }) + "\n");
  }
}
