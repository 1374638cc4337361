// Something that is loaded from the API, and loaded again: what came last stays while the next is on its way or fails.

import { effect, signal } from "../vendor/signals-core/signals-core.mjs";
import { ask, token } from "./api.js";

export class Loaded {
  constructor() {
    this.value = signal(null);
    this.failure = signal(null);
    this.path = null;
  }

  /** Loads this path; another `subject` than before forgets what came before. */
  async load(path, subject = path) {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    if (subject !== this.subject) this.value.value = null;
    this.path = path;
    this.subject = subject;
    try {
      const value = await ask(path, { signal: asked.signal });
      if (asked.signal.aborted) return;
      this.failure.value = null;
      this.value.value = value;
    } catch (error) {
      if (!asked.signal.aborted && error.name !== "AbortError") this.failure.value = error;
    }
  }

  again() {
    return this.path === null ? null : this.load(this.path);
  }

  /** Loads again every so often while somebody looks, and once the token has changed. */
  keepFresh(milliseconds) {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") this.again();
    }, milliseconds);
    let isFirst = true;
    const forget = effect(() => {
      token.value;
      if (!isFirst) this.again();
      isFirst = false;
    });
    this.stop = () => {
      clearInterval(timer);
      forget();
      this.asked?.abort();
    };
    return this;
  }
}
