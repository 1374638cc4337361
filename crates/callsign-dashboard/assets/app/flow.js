// An alias as a picture: its name, the split, pool or chain it means, its targets, and how much flows where.

import { condition, milliseconds, percent, plain, trimmed } from "./format.js";
import { conditions, fitting, inWords, labelWidth, layOut, lettersFor } from "./layout.js";
import { breakerOf } from "./live.js";
import { Mark } from "./numbers.js";
import { href } from "./route.js";
import { html, View } from "./view.js";

/** Pixels of a `rem` that the layout counts on. */
const USUAL_LETTERS = 16;
const PLATE_HEIGHT = 22;
const BAR = 56;
/** Where the figures of a leaf stand, from the right. */
const FIGURES = { bar: 224, shares: 160, latency: 0 };

/** Draws as wide as there is room; `most` leaves at most. */
export class Flow extends View {
  arrive() {
    this.watch = new ResizeObserver(([entry]) => this.resize(entry.contentRect.width));
    this.watch.observe(this.root.current);
    this.resize(this.root.current.clientWidth);
  }

  leave() {
    this.watch.disconnect();
  }

  resize(width) {
    if (Math.floor(width) !== this.state.width) this.setState({ width: Math.floor(width) });
  }

  draw({ alias, most }, { width }) {
    return html`<div class="flow" ref=${this.root}>${width > 0 && this.picture(alias, most, width)}</div>`;
  }

  /** Laid out for letters of the usual size, and drawn larger where letters are larger. */
  picture(alias, most, width) {
    const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_LETTERS;
    return html`<${Picture} laid=${layOut(alias, width / zoom, most)} zoom=${zoom} alias=${alias} breakers=${breakers(alias)} />`;
  }
}

function breakers(alias) {
  return new Map(alias.targets.map((target) => [target.name, breakerOf(target)]));
}

function Picture({ laid, zoom, alias, breakers }) {
  const { width, height } = laid;
  return html`<svg width=${width * zoom} height=${height * zoom} viewBox="0 0 ${width} ${height}" role="group" aria-label=${`${plain(alias.name)} is ${inWords(alias.route)}`}>
    ${laid.wires.map((wire, at) => html`<${Wire} key=${at} wire=${wire} />`)}
    <${Start} laid=${laid} />
    ${laid.plates.map((plate, at) => html`<${Plate} key=${at} plate=${plate} isNarrow=${laid.isNarrow} />`)}
    ${laid.leaves.map((leaf, at) => html`<${Leaf} key=${at} leaf=${leaf} laid=${laid} breaker=${breakers.get(leaf.name)} />`)}
    ${laid.cut > 0 && html`<a href=${href("alias", alias.name)}><text x=${laid.end} y=${height - 12}>and ${laid.cut} more</text></a>`}
  </svg>`;
}

function Start({ laid: { alias, isNarrow } }) {
  if (isNarrow) return html`<circle class="alias" cx="6" cy=${alias.y} r="5" />`;
  const y = alias.y - PLATE_HEIGHT / 2;
  return html`<g>
    <rect class="plate" x="0.5" y=${y} width=${alias.width - 1} height=${PLATE_HEIGHT} rx="11" />
    <text class="name" x="10" y=${alias.y}>${alias.name}</text>
  </g>`;
}

function Wire({ wire }) {
  const { label, x, y } = wire;
  return html`<g>
    <path class="wire" d=${wire.path} stroke-width=${wire.width} stroke-dasharray=${wire.isSpare ? "4 4" : null} />
    ${label && html`<g>
      <rect x=${x - labelWidth(label) - 6} y=${y - 8} width=${labelWidth(label)} height="16" class="under" />
      <text class="edge" x=${x - 10} y=${y} text-anchor="end">${label}<title>${(wire.on?.map(condition) ?? [label]).join(", ")}</title></text>
    </g>`}
  </g>`;
}

const SHAPES = {
  split: html`<path class="plate" d="M6 -6L12 0L6 6L0 0Z" />`,
  pool: html`<circle class="plate" cx="6" r="5.5" />`,
  chain: html`<rect class="plate" x="1" y="-5" width="10" height="10" />`,
};

function Plate({ plate: { kind, how, x, y, width }, isNarrow }) {
  const title = html`<title>${kind}, ${how}</title>`;
  if (isNarrow) return html`<g transform="translate(${x} ${y})">${SHAPES[kind]}${title}</g>`;
  return html`<g>
    <rect class="plate" x=${x} y=${y - PLATE_HEIGHT / 2} width=${width} height=${PLATE_HEIGHT} rx="4" />
    <text x=${x + width / 2} y=${y} text-anchor="middle">${kind}</text>${title}
  </g>`;
}

function Leaf({ leaf, laid, breaker }) {
  const { x, y, name, kind } = leaf;
  const shown = html`<text class="name" x=${x} y=${y}>${trimmed(name, lettersFor(laid, leaf))}<title>${plain(name)}</title></text>`;
  return html`<g>
    ${kind === "alias" ? html`<path class="alias" d="M${x - 12} ${y - 4}l6 4l-6 4Z" />` : html`<g transform="translate(${x - 9} ${y})"><${Mark} breaker=${breaker} /></g>`}
    ${kind === "alias" ? html`<a href=${href("alias", name)}>${shown}</a>` : shown}
    ${laid.isNarrow ? html`<${Below} leaf=${leaf} laid=${laid} breaker=${breaker} />` : html`<${Beside} leaf=${leaf} breaker=${breaker} right=${laid.width} />`}
  </g>`;
}

function trouble(breaker) {
  return { open: ["bad", "open"], half_open: ["warn", "probing"] }[breaker] ?? null;
}

function Beside({ leaf: { y, target }, breaker, right }) {
  if (!target) return null;
  const [tone, word] = trouble(breaker) ?? ["", null];
  return html`<g>
    <${Bar} target=${target} x=${right - FIGURES.bar} y=${y} />
    <text class="soft" x=${right - FIGURES.shares} y=${y}>${shares(target)}</text>
    <text class=${tone || "soft"} x=${right} y=${y} text-anchor="end">${word ?? milliseconds(target.numbers.p50_ms)}</text>
  </g>`;
}

/** The second line of a leaf where there is no room beside it. */
function Below({ leaf, laid, breaker }) {
  const { x, y, target, branch } = leaf;
  const [tone, word] = trouble(breaker) ?? ["", null];
  const latency = target?.numbers.p50_ms ?? null;
  const parts = [word, target && shares(target), branch?.isSpare && `on ${conditions(branch.on)}`, latency !== null && milliseconds(latency)];
  const [first, ...rest] = fitting(parts.filter(Boolean), laid, leaf).split(" · ");
  return html`<text class="edge" x=${x} y=${y + 19}><tspan class=${tone}>${first}</tspan>${rest.map((part) => ` · ${part}`)}</text>`;
}

function shares({ configured, seen }) {
  if (configured === null) return seen === null ? "" : percent(seen);
  return `${seen === null ? "–" : percent(seen)} of ${percent(configured)}`;
}

/** The share seen as a bar, the share configured as a mark on it. */
function Bar({ target: { configured, seen }, x, y }) {
  if (configured === null && seen === null) return null;
  return html`<g>
    <rect class="track" x=${x} y=${y - 3} width=${BAR} height="6" />
    <rect class="seen" x=${x} y=${y - 3} width=${Math.min(seen ?? 0, 1) * BAR} height="6" />
    ${configured !== null && html`<path class="tick" d="M${x + configured * BAR} ${y - 6}v12" />`}
  </g>`;
}
