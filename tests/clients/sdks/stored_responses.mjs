// openai-node, asked for single responses: made, looked up, listed, deleted.

import OpenAI, { APIError } from "openai";

const ACTS = {
  async create(responses, body) {
    if (!body.stream) return responses.create(body);
    let told = null;
    for await (const event of await responses.create(body)) if (event.type === "response.completed") told = event.response;
    return told;
  },
  retrieve: (responses, id) => responses.retrieve(id),
  async inputs(responses, id) {
    const items = [];
    for await (const item of responses.inputItems.list(id, { order: "asc" })) items.push(item);
    return items;
  },
  async delete(responses, id) {
    await responses.delete(id);
    return null;
  },
};

export async function act({ url, what, argument }) {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "client-key", maxRetries: 0, timeout: 20_000 });
  try {
    return { told: await ACTS[what](openai.responses, argument) };
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return { failed: { classes: [error.constructor.name], status: error.status, code: error.code } };
  }
}
