// What the playground says to the gateway in each client dialect, and what it reads from the answer. Pure.

/** What a piece of an answer may hold. */
const NOTHING = { text: "", thought: "", usage: null, error: null };

function found(parts) {
  return { ...NOTHING, ...parts };
}

function usage(input, output) {
  return Number.isFinite(input) || Number.isFinite(output) ? { input: input ?? null, output: output ?? null } : null;
}

function told(error) {
  if (!error) return null;
  return typeof error === "string" ? error : String(error.message ?? JSON.stringify(error));
}

function joined(texts) {
  return texts.filter((text) => typeof text === "string").join("");
}

const chat = {
  label: "Chat",
  path: () => "v1/chat/completions",
  headers: {},
  body: ({ alias, system, text, most, isStream }) => ({
    model: alias,
    messages: [...(system ? [{ role: "system", content: system }] : []), { role: "user", content: text }],
    max_tokens: most,
    ...(isStream && { stream: true, stream_options: { include_usage: true } }),
  }),
  piece(data) {
    const delta = data.choices?.[0]?.delta;
    return found({
      text: joined([delta?.content, delta?.refusal]),
      thought: joined([delta?.reasoning_content]),
      usage: usage(data.usage?.prompt_tokens, data.usage?.completion_tokens),
      error: told(data.error),
    });
  },
  whole(data) {
    const message = data.choices?.[0]?.message;
    return found({ text: joined([message?.content, message?.refusal]), thought: joined([message?.reasoning_content]), usage: usage(data.usage?.prompt_tokens, data.usage?.completion_tokens) });
  },
};

const responses = {
  label: "Responses",
  path: () => "v1/responses",
  headers: {},
  body: ({ alias, system, text, most, isStream }) => ({
    model: alias,
    ...(system && { instructions: system }),
    input: text,
    max_output_tokens: most,
    store: false,
    ...(isStream && { stream: true }),
  }),
  piece(data) {
    const spent = data.response?.usage;
    return found({
      text: joined(data.type === "response.output_text.delta" || data.type === "response.refusal.delta" ? [data.delta] : []),
      thought: joined(data.type === "response.reasoning_summary_text.delta" ? [data.delta] : []),
      usage: usage(spent?.input_tokens, spent?.output_tokens),
      error: data.type === "error" ? told(data.error ?? data) : told(data.response?.error),
    });
  },
  whole(data) {
    const parts = (data.output ?? []).flatMap((item) => item.content ?? []);
    return found({ text: joined(parts.map((part) => part.text ?? part.refusal)), usage: usage(data.usage?.input_tokens, data.usage?.output_tokens), error: told(data.error) });
  },
};

const messages = {
  label: "Messages",
  path: () => "v1/messages",
  headers: { "anthropic-version": "2023-06-01" },
  body: ({ alias, system, text, most, isStream }) => ({
    model: alias,
    max_tokens: most,
    ...(system && { system }),
    messages: [{ role: "user", content: text }],
    ...(isStream && { stream: true }),
  }),
  piece(data) {
    const spent = data.usage ?? data.message?.usage;
    return found({
      text: joined([data.delta?.text]),
      thought: joined([data.delta?.thinking]),
      usage: usage(spent?.input_tokens, data.type === "message_start" ? undefined : spent?.output_tokens),
      error: told(data.error),
    });
  },
  whole(data) {
    return found({ text: joined((data.content ?? []).map((block) => block.text)), usage: usage(data.usage?.input_tokens, data.usage?.output_tokens) });
  },
};

const gemini = {
  label: "Gemini",
  path: ({ alias, isStream }) => `v1beta/models/${encodeURIComponent(alias)}:${isStream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  headers: {},
  body: ({ system, text, most }) => ({
    ...(system && { systemInstruction: { parts: [{ text: system }] } }),
    contents: [{ role: "user", parts: [{ text }] }],
    generationConfig: { maxOutputTokens: most },
  }),
  piece(data) {
    const parts = data.candidates?.[0]?.content?.parts ?? [];
    const of = (isThought) => joined(parts.filter((part) => Boolean(part.thought) === isThought).map((part) => part.text));
    const spent = data.usageMetadata;
    return found({ text: of(false), thought: of(true), usage: usage(spent?.promptTokenCount, spent?.candidatesTokenCount), error: told(data.error) });
  },
  whole(data) {
    return gemini.piece(data);
  },
};

export const DIALECTS = { chat, responses, messages, gemini };
