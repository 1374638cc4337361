// One request of the playground, from sending it to the record that the gateway keeps of it; its course is a signal.

import { signal } from "../vendor/signals-core/signals-core.mjs";
import { ask, Failure, failure, send } from "./api.js";
import { DIALECTS } from "./dialects.js";
import { events } from "./events.js";

/** So often the record is asked for: it is written once the answer has ended. */
const LOOKS = 5;
const PAUSE = 200;

export class Asking {
  constructor(dialect, wish) {
    this.dialect = DIALECTS[dialect];
    this.wish = wish;
    this.stopped = new AbortController();
    /** `phase` is asking, streaming, done, stopped or failed. */
    this.told = signal({ phase: "asking", text: "", thought: "", usage: null, headers: [], status: null, firstMs: null, ms: null, failure: null, record: null });
  }

  tell(parts) {
    this.told.value = { ...this.told.peek(), ...parts };
  }

  stop() {
    this.stopped.abort();
  }

  async run() {
    this.began = performance.now();
    try {
      await this.answer();
      this.tell({ phase: "done" });
    } catch (error) {
      if (error.name === "AbortError") this.tell({ phase: "stopped" });
      else this.tell({ phase: "failed", failure: error instanceof Failure ? error : new Failure("away", "the answer broke off") });
    }
    this.tell({ ms: performance.now() - this.began });
    await this.look();
  }

  async answer() {
    const { dialect, wish } = this;
    const response = await send(`api/v1/playground/${dialect.path(wish)}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...dialect.headers },
      body: JSON.stringify(dialect.body(wish)),
      signal: this.stopped.signal,
    });
    this.tell({ phase: "streaming", status: response.status, headers: [...response.headers] });
    if (!response.ok) throw await failure(response);
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    if (isStream) await this.stream(response.body);
    else this.take(dialect.whole(await response.json()));
  }

  async stream(body) {
    for await (const { data } of events(body)) {
      if (data === "[DONE]") continue;
      let parsed;
      try {
        parsed = JSON.parse(data);
      } catch {
        throw new Failure("garbled", "a piece of the stream is no JSON");
      }
      this.take(this.dialect.piece(parsed));
    }
  }

  take({ text, thought, usage, error }) {
    const so = this.told.peek();
    const isFirst = so.firstMs === null && (text || thought);
    this.tell({
      text: so.text + text,
      thought: so.thought + thought,
      usage: usage ? { input: usage.input ?? so.usage?.input ?? null, output: usage.output ?? so.usage?.output ?? null } : so.usage,
      firstMs: isFirst ? performance.now() - this.began : so.firstMs,
    });
    if (error) throw new Failure("refused", error);
  }

  async look() {
    const id = new Map(this.told.peek().headers).get("x-callsign-request-id");
    if (!id) return;
    for (let look = 0; look < LOOKS; look += 1) {
      const record = await ask(`api/v1/exchanges/${encodeURIComponent(id)}`).catch(() => null);
      if (record && !["running", "answering"].includes(record.ended)) return void this.tell({ record });
      await new Promise((done) => setTimeout(done, PAUSE * 2 ** look));
    }
  }
}
