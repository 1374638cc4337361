// What a configuration would change, in the groups and the order of `callsign plan`, and what is wrong with it.

import { plain, percent, words } from "./format.js";
import { html } from "./view.js";

const MILLION = 1_000_000;
const GROUPS = [
  ["Aliases", ["alias_added", "alias_removed", "alias_retargeted", "moved"]],
  ["Guardrails", ["guardrail"]],
  ["Prices", ["price"]],
  ["Targets and settings", ["target_added", "target_removed", "setting"]],
];

export function Planned({ plan: { valid: isValid, diagnostics, changes }, point }) {
  const all = diagnostics ?? [];
  return html`
    ${!isValid && html`<div class="notice bad" role="alert"><strong>This may not be put in force</strong><p>What is wrong stands below, all of it.</p></div>`}
    ${all.length > 0 && html`<section aria-label="Diagnostics"><${Diagnostics} diagnostics=${all} point=${point} /></section>`}
    ${isValid && html`<${Changes} changes=${changes ?? []} />`}`;
}

const TONES = { error: "bad", warning: "warn" };

function Diagnostics({ diagnostics, point }) {
  return html`<ul class="diagnostics">${diagnostics.map(({ severity, code, message, line, column, help }, at) => html`<li key=${at} class=${TONES[severity] ?? ""}>
    <p><span class="state ${TONES[severity] ?? ""}">${words(severity)}</span> <span class="name soft">${plain(code)}</span>
    ${line && html` <button type="button" onClick=${() => point(line, column)}>line ${line}${column ? `, column ${column}` : ""}</button>`}</p>
    <p>${plain(message)}</p>${help && html`<p class="soft">${plain(help)}</p>`}
  </li>`)}</ul>`;
}

function Changes({ changes }) {
  if (!changes.length) return html`<div class="notice"><strong>Nothing would change</strong></div>`;
  const risks = changes.filter((change) => change.look_twice).length;
  const known = GROUPS.flatMap(([, kinds]) => kinds);
  const groups = [...GROUPS, ["More", changes.map(({ change }) => change).filter((kind) => !known.includes(kind))]];
  return html`
    ${risks > 0 && html`<div class="notice warn"><strong>Look twice: ${risks} of ${changes.length}</strong><p>A name that is gone, or a guardrail that lets more pass.</p></div>`}
    ${groups.map(([title, kinds]) => html`<${Group} key=${title} title=${title} changes=${changes.filter(({ change }) => kinds.includes(change))} />`)}`;
}

function Group({ title, changes }) {
  if (!changes.length) return null;
  return html`<section><h3>${title}</h3><ul class="changes">${changes.map((change, at) => html`<li key=${at}>
    ${change.look_twice && html`<span class="tag warn">look twice</span> `}${sentence(change)}${change.needs_restart && " (counts after a restart)"}
  </li>`)}</ul></section>`;
}

function name(text) {
  return html`<span class="name">${plain(text)}</span>`;
}

function between({ before, after }) {
  const old = before === null || before === undefined ? "nothing" : html`<del>${plain(before)}</del>`;
  const young = after === null || after === undefined ? "nothing" : html`<ins>${plain(after)}</ins>`;
  return html`${old} becomes ${young}`;
}

const SENTENCES = {
  alias_added: (change) => html`${name(change.alias)} is new: <ins>${plain(change.after)}</ins>`,
  alias_removed: (change) => html`${name(change.alias)} is gone${change.instead && html`; the name means ${name(change.instead)} now`}`,
  alias_retargeted: (change) => html`${name(change.alias)}: ${between(change)}`,
  moved: (change) => html`${name(change.alias)}: ${percent(change.share_millionths / MILLION)} of ${words(change.whose)} move from ${name(change.from)} to ${name(change.to)}`,
  guardrail: (change) => html`${name(change.alias)}: ${name(change.key)} is ${words(change.leaning)}: ${between(change)}`,
  price: (change) => html`${name(change.target)}: a million tokens: ${between(change)}`,
  target_added: (change) => html`${name(change.target)} is new`,
  target_removed: (change) => html`${name(change.target)} is gone`,
  setting: (change) => html`${(change.alias ?? change.target) && html`${name(change.alias ?? change.target)}: `}${name(change.key)}: ${between(change)}`,
};

function sentence(change) {
  return Object.hasOwn(SENTENCES, change.change) ? SENTENCES[change.change](change) : html`${words(change.change)} ${name(change.alias ?? change.target ?? "")}`;
}
