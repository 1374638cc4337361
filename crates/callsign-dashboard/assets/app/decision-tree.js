// The decisions of one exchange as a tree: aliases entered, candidates drawn, fallbacks taken or passed over, attempts made.

import { condition, milliseconds, plain, words } from "./format.js";
import { href } from "./route.js";
import { html } from "./view.js";

/** Nests decisions by their depth. */
export function nested(decisions) {
  const root = { children: [] };
  const open = [{ depth: -1, node: root }];
  for (const decision of decisions) {
    const node = { decision, children: [] };
    while (open.at(-1).depth >= decision.depth && open.length > 1) open.pop();
    open.at(-1).node.children.push(node);
    // Only an alias has something inside: what it led to.
    if (decision.step === "alias") open.push({ depth: decision.depth, node });
  }
  return root.children;
}

export function DecisionTree({ decisions }) {
  if (!decisions?.length) return html`<p class="soft">Nothing had to be decided.</p>`;
  return html`<div class="tree"><${Branches} nodes=${nested(decisions)} /></div>`;
}

function Branches({ nodes }) {
  return html`<ol>${nodes.map(({ decision, children }, at) => html`<li key=${at}>
    <${Step} decision=${decision} />${children.length > 0 && html`<${Branches} nodes=${children} />`}
  </li>`)}</ol>`;
}

function line(kind, name, rest = null, passed = false) {
  return html`<div class="step ${passed ? "passed" : ""}"><span class="kind">${kind}</span>${name && html`<span class="name">${plain(name)}</span>`}${rest && html`<span class="soft small">${rest}</span>`}</div>`;
}

const STEPS = {
  alias: ({ name }) => html`<div class="step"><span class="kind">alias</span><a class="name" href=${href("alias", name)}>${plain(name)}</a></div>`,
  split: ({ by, candidates }) => html`${line("split", null, `drawn by ${words(by)}`)}<${Candidates} candidates=${candidates} />`,
  pool: ({ algorithm, candidates }) => html`${line("pool", null, `picked by ${words(algorithm)}`)}<${Candidates} candidates=${candidates} />`,
  fallback: ({ number, name, because }) => line(`fallback ${number}`, name, `on ${condition(because)}`),
  fallback_passed_over: ({ number, name, conditions }) => line(`fallback ${number} passed over`, name, `it asks for ${(conditions ?? []).map(condition).join(" or ")}`, true),
  target_passed_over: ({ name, reason }) => line("passed over", name, plain(reason), true),
  alias_passed_over: ({ name, reason }) => line("passed over", name, plain(reason), true),
  attempt: ({ name }) => line("attempt", name),
  retry: ({ name, after_ms: after }) => line("once more", name, `after ${milliseconds(after)}`),
  last_resort: () => line("last resort", null, "nothing was left, so ejected targets count again"),
};

function Step({ decision }) {
  const tell = Object.hasOwn(STEPS, decision.step) ? STEPS[decision.step] : () => line(words(decision.step), decision.name);
  return tell(decision);
}

function Candidates({ candidates }) {
  return html`<ul class="candidates">${(candidates ?? []).map(({ name, weight, taken }, at) => html`<li key=${at} class=${taken ? "taken" : ""}>
    <span class="name">${plain(name)}</span> ${plain(weight)}${taken && html`<span class="said"> taken</span> ✓`}
  </li>`)}</ul>`;
}
