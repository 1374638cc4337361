// The gateway as a child process, with a provider that only pretends.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.CALLSIGN_BINARY ?? fileURLToPath(new URL("../../target/debug/callsign", import.meta.url));

const CONFIG = `
listeners: [{port: 0}]
admin: {port: 0}
model_providers:
  - {model: demo/good}
  - {model: demo/broken, simulate: {fault: 500}}
model_aliases:
  backed: {target: demo/broken, fallbacks: [{target: demo/good}]}
`;

/** The addresses of its two listeners: `admin` and `clients`. It ends with the test. */
export async function gateway(context) {
  assert.ok(existsSync(BINARY), `${BINARY} is missing; run \`cargo build\` or set CALLSIGN_BINARY`);
  const folder = mkdtempSync(join(tmpdir(), "callsign-"));
  const file = join(folder, "callsign.yaml");
  writeFileSync(file, CONFIG);
  const child = spawn(BINARY, ["serve", file], { env: { HOME: folder }, stdio: ["ignore", "ignore", "pipe"] });
  context.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true });
  });
  return listening(child);
}

async function listening(child) {
  const said = [];
  const found = {};
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const [, url, name] = /listening on (http:\/\/127\.0\.0\.1:\d+) \((.*)\)/.exec(line) ?? [];
    if (url) found[name === "admin" ? "admin" : "clients"] = url;
    if (found.admin && found.clients) {
      // Somebody must go on reading, or the gateway would block once the pipe is full.
      child.stderr.resume();
      return found;
    }
  }
  assert.fail(`the gateway ended before it listened:\n${said.join("\n")}`);
}
