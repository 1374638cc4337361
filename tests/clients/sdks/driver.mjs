// Reads from standard input, a line each, talks to hold with the client named or single acts to do, and writes what was understood.

import { createInterface } from "node:readline";

import * as ai from "./ai.mjs";
import * as anthropic from "./anthropic.mjs";
import * as google from "./google.mjs";
import * as openai from "./openai.mjs";
import * as storedResponses from "./stored_responses.mjs";

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

async function hold({ sdk, url, model, talk }) {
  const heard = { text: "", calls: [], thoughts: "", finish: null, usage: {}, error: null };
  await SDKS[sdk](url, model, talk, heard);
  return heard;
}

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  try {
    const done = wanted.what ? await storedResponses.act(wanted) : await hold(wanted);
    process.stdout.write(JSON.stringify(done) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ thrown: String(error.stack ?? error) }) + "\n");
  }
}
