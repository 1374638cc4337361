// The operator's API: one way to ask it, with the token where it wants one, and one kind of failure.

import { signal } from "../vendor/signals-core/signals-core.mjs";
import { passing } from "./storage.js";

const KEY = "callsign.token";
/** Where the gateway is, also behind somebody's path. */
const ROOT = new URL("../../", import.meta.url);

/** The operator's token, kept until the tab is closed. */
export const token = signal(passing.read(KEY));
/** Whether the gateway has asked for a token, or for another one. */
export const isTokenWanted = signal(false);

/** Why there is no answer: `away` (nobody there), `token` (401), `missing` (404), `refused` (any other status), `garbled`. */
export class Failure extends Error {
  constructor(kind, message, status = null) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

/** Whoever has closed the question is not asked again by each request that fails. */
let isDeclined = false;

export function wantToken() {
  isDeclined = false;
  isTokenWanted.value = true;
}

export function declineToken() {
  isDeclined = true;
  isTokenWanted.value = false;
}

export function useToken(text) {
  passing.write(KEY, text);
  isDeclined = false;
  isTokenWanted.value = false;
  // The same token once more is a new attempt, too.
  token.value = null;
  token.value = text;
}

export function address(path) {
  return new URL(path, ROOT);
}

/** The response, whatever its status; 401 asks for the token. */
export async function send(path, options = {}) {
  const shown = token.peek();
  const headers = { ...options.headers, ...(shown && { authorization: `Bearer ${shown}` }) };
  let response;
  try {
    response = await fetch(address(path), { ...options, headers, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("away", "the gateway does not answer");
  }
  // A provider may answer 401 in the playground; then the token is not what is wrong.
  const isOurs = response.status === 401 && !response.headers.has("x-callsign-request-id");
  if (isOurs && !isDeclined && token.peek() === shown) isTokenWanted.value = true;
  return response;
}

/** The JSON of an answer, or a `Failure`. */
export async function ask(path, options = {}) {
  const response = await send(path, options);
  if (!response.ok) throw await failure(response);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("garbled", "the answer is no JSON; is this address the gateway's own?", response.status);
  }
}

/** What a response that is no success says. */
export async function failure(response) {
  const kind = { 401: "token", 404: "missing" }[response.status] ?? "refused";
  const said = await response.json().catch(() => null);
  const message = said?.error?.message;
  return new Failure(kind, typeof message === "string" ? message : `the gateway answers ${response.status}`, response.status);
}
