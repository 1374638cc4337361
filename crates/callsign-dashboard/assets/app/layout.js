// Where everything of a flow picture stands: a route becomes places in pixels. Pure, it touches no document.

import { condition, percent, trimmed, words } from "./format.js";

/** Pixels: the height of a row; the alias's width; a joint's plate; the way to the first node; the way from a plate on; the air before a leaf. */
const WIDE = { row: 30, alias: null, plate: 52, entry: 36, link: 160, air: 18, labelLetters: 19 };
const CLOSE = { ...WIDE, link: 122, labelLetters: 13 };
const NARROW = { row: 46, alias: 12, plate: 12, entry: 18, link: 20, air: 16, labelLetters: 0 };
/** Where a row's line runs: in the middle of its first line of text. */
const LINE = 15;
/** Width of a letter of names (monospaced, 13 px) and of edges' labels. */
const LETTER = 7.9;
const LETTER_EDGE = 7.4;
/** What stands below a leaf where there is no room beside it. */
const LABEL_LETTERS = 21;
/** What a leaf needs beside its name (bar, shares, latency), and for its name at least. */
const LEAF_FIGURES = 236;
const LEAF_NAME = 150;
const LONGEST_ALIAS = 22;

/** Places for everything of an alias in so many pixels; of more than `most` leaves the others are counted in `cut`. */
export function layOut(alias, width, most) {
  const tree = grow(alias.route, new Map(alias.targets.map((target) => [target.name, target])));
  const cut = prune(tree, most);
  const depth = depthOf(tree);
  const name = trimmed(alias.name, LONGEST_ALIAS);
  const aliasWidth = Math.ceil([...name].length * LETTER) + 20;
  const wide = [WIDE, CLOSE].map((scale) => ({ ...scale, alias: aliasWidth }));
  const scale = wide.find((one) => width >= column(one, depth) + LEAF_NAME + LEAF_FIGURES) ?? NARROW;
  const isNarrow = scale === NARROW;
  const drawn = { plates: [], leaves: [], wires: [] };
  place(tree, { scale, drawn, end: column(scale, depth), level: 0 });
  drawn.wires.unshift(wire({ x: scale.alias, y: tree.y }, { node: tree, share: 1, isSpare: false, label: null }, scale));
  const height = drawn.leaves.length * scale.row + (cut ? WIDE.row : 0);
  return { isNarrow, width, height, cut, end: column(scale, depth), alias: { name, width: scale.alias, y: tree.y }, ...drawn };
}

/** Where nodes of this level begin. */
function column(scale, level) {
  return scale.alias + scale.entry + level * (scale.plate + scale.link);
}

/** A route as a tree; each branch knows its label, and its share of what the whole alias serves where that is known. */
function grow(route, targets) {
  switch (route.kind) {
    case "split":
      return joint("split", `by ${words(route.by)}`, route.parts.map((part) => branch(part.route, targets, { label: percent(part.share) })));
    case "pool":
      return joint("pool", words(route.algorithm), route.members.map((member) => branch(member.route, targets, { label: null })));
    case "chain": {
      const spares = route.fallbacks.map((fallback) => branch(fallback.route, targets, { label: null, on: fallback.on ?? [], isSpare: true }));
      return joint("chain", "in this order", [branch(route.first, targets, { label: null }), ...spares]);
    }
    default:
      return { kind: route.kind, name: String(route.name ?? ""), target: targets.get(route.name) ?? null, branches: [] };
  }
}

function joint(kind, how, branches) {
  return { kind, how, branches };
}

function branch(route, targets, { label, on = null, isSpare = false }) {
  const node = grow(route, targets);
  return { node, label, on, isSpare, share: seenShare(node) };
}

function seenShare(node) {
  if (!node.branches.length) return node.target?.seen ?? null;
  const shares = node.branches.map(({ share }) => share).filter((share) => share !== null);
  return shares.length ? shares.reduce((sum, share) => sum + share, 0) : null;
}

/** The conditions of a fallback in so many letters. */
export function conditions(on, letters = LABEL_LETTERS) {
  if (!on.length) return "any failure";
  const first = condition(on[0]);
  return on.length > 1 ? `${trimmed(first, letters - 3)} +${on.length - 1}` : trimmed(first, letters);
}

function depthOf(node) {
  return node.branches.length ? 1 + Math.max(...node.branches.map((branch) => depthOf(branch.node))) : 0;
}

/** Leaves out what is more than `most` leaves; tells how many. */
function prune(tree, most) {
  let [left, cut] = [most, 0];
  const walk = (node) => {
    node.branches = node.branches.filter((branch) => {
      if (branch.node.branches.length) {
        walk(branch.node);
        return branch.node.branches.length > 0;
      }
      left -= 1;
      if (left < 0) cut += 1;
      return left >= 0;
    });
  };
  walk(tree);
  return cut;
}

function place(node, room) {
  const { scale, drawn, end, level } = room;
  if (!node.branches.length) {
    node.x = end;
    node.y = drawn.leaves.length * scale.row + LINE;
    drawn.leaves.push(node);
    return;
  }
  node.x = column(scale, level);
  for (const branch of node.branches) {
    place(branch.node, { ...room, level: level + 1 });
    branch.node.branch = branch;
  }
  // A chain goes straight on to what is tried first; the others hang in the middle of what they share among.
  const ys = node.branches.map((branch) => branch.node.y);
  node.y = node.kind === "chain" ? ys[0] : (ys[0] + ys.at(-1)) / 2;
  node.width = scale.plate;
  drawn.plates.push(node);
  const start = { x: node.x + scale.plate, y: node.y };
  drawn.wires.push(...node.branches.map((branch) => wire(start, branch, scale)));
}

/** A line from a place to a branch's node; what flows through it is its width. */
function wire(from, { node, share, isSpare, label, on }, scale) {
  const to = { x: node.x - (node.branches.length ? 0 : scale.air), y: node.y };
  const bend = Math.min((to.x - from.x) / 2, 20);
  const path = `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${from.x + bend} ${to.y} ${from.x + 2 * bend} ${to.y}H${to.x}`;
  const width = share === null ? 1.25 : Math.round((1.25 + 5 * Math.min(share, 1)) * 100) / 100;
  const told = scale.labelLetters > 0 ? (on ? conditions(on, scale.labelLetters) : label) : null;
  return { path, width, isSpare, label: told, on, x: to.x, y: to.y };
}

/** How many letters of a leaf's name have room. */
export function lettersFor(laid, leaf) {
  const room = laid.width - leaf.x - 4 - (laid.isNarrow ? 0 : LEAF_FIGURES);
  return Math.max(Math.floor(room / LETTER), 8);
}

/** As many of these parts as have room below a leaf. */
export function fitting(parts, laid, leaf) {
  const letters = (laid.width - leaf.x) / LETTER_EDGE;
  let kept = "";
  for (const part of parts) {
    const longer = kept ? `${kept} · ${part}` : part;
    if ([...longer].length > letters) break;
    kept = longer;
  }
  return kept;
}

/** Pixels that a label of this text takes. */
export function labelWidth(label) {
  return Math.ceil([...label].length * LETTER_EDGE) + 8;
}

/** The route in words, for those who do not see the picture. */
export function inWords(route) {
  switch (route.kind) {
    case "split":
      return `a split by ${words(route.by)} of ${route.parts.map((part) => `${percent(part.share)} to ${inWords(part.route)}`).join(", ")}`;
    case "pool":
      return `a pool (${words(route.algorithm)}) of ${route.members.map((member) => inWords(member.route)).join(", ")}`;
    case "chain":
      return [inWords(route.first), ...route.fallbacks.map(({ on, route: next }) => `then on ${(on ?? []).map(condition).join(" or ") || "any failure"} ${inWords(next)}`)].join(", ");
    default:
      return route.kind === "alias" ? `the alias ${trimmed(route.name, 80)}` : trimmed(route.name, 80);
  }
}
