// One chart over time, drawn by uPlot, with a legend that reads the figures under the pointer and a table for those who see no picture.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { axisTime, timeOfDay } from "./format.js";
import { painted } from "./theme.js";
import { html, View } from "./view.js";

const HEIGHT = 180;
const STROKES = { ink: "--ink", soft: "--edge", bad: "--bad" };
const DASH = [5, 4];
/** So many rows the table has at most: of more, every so manieth. */
const MOST_ROWS = 60;

/** `lines` are `{ label, values, tone: ink|soft|bad, isDashed }`; `tell` makes a figure a text. */
export class Chart extends View {
  arrive() {
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.room());
    this.plot();
  }

  leave() {
    this.watch.disconnect();
    this.plotted?.destroy();
  }

  componentDidUpdate() {
    const { times, lines } = this.props;
    const isSame = this.theme === painted.peek() && this.count === lines.length;
    if (!isSame) this.plot();
    else if (this.times !== times) this.plotted.setData([times.map((ms) => ms / 1000), ...lines.map((line) => line.values)]);
    this.times = times;
  }

  room() {
    return this.root.current;
  }

  resize() {
    const width = this.room().clientWidth;
    if (this.plotted && width > 0) this.plotted.setSize({ width, height: HEIGHT });
  }

  plot() {
    this.plotted?.destroy();
    const { times, lines } = this.props;
    this.theme = painted.peek();
    this.count = lines.length;
    this.times = times;
    const data = [times.map((ms) => ms / 1000), ...lines.map((line) => line.values)];
    this.plotted = new uPlot(options(this.props, this.room().clientWidth, (at) => this.point(at)), data, this.room());
  }

  point(at) {
    if (at !== this.state.at) this.setState({ at });
  }

  draw({ title, times, lines, tell }, { at = null }) {
    painted.value;
    const known = at !== null && at < times.length ? at : null;
    return html`<figure class="chart panel">
      <figcaption>
        <h2>${title}${known !== null && html` <span class="soft small">${timeOfDay(times[known])}</span>`}</h2>
        <ul class="legend small soft">${lines.map((line) => html`<${Key} key=${line.label} line=${line} at=${known} tell=${tell} />`)}</ul>
      </figcaption>
      <div class="canvas" ref=${this.root} role="img" aria-label=${`${title}: ${lines.map((line) => summary(line, tell)).join("; ")}`}></div>
      <details onToggle=${(event) => this.setState({ isTableOpen: event.currentTarget.open })}>
        <summary>As a table</summary>
        ${this.state.isTableOpen && html`<${Rows} title=${title} times=${times} lines=${lines} tell=${tell} />`}
      </details>
    </figure>`;
  }
}

function highest({ values }) {
  return values.reduce((most, value) => (value !== null && (most === null || value > most) ? value : most), null);
}

function summary(line, tell) {
  return `${line.label}, highest ${tell(highest(line))}`;
}

function Key({ line, at, tell }) {
  return html`<li class=${line.tone}>
    <svg viewBox="0 0 24 12" aria-hidden="true">
      <path class="line-${line.tone}" d="M0 6H24" stroke-width="2" stroke-dasharray=${line.isDashed ? "5 4" : null} />
    </svg>
    ${line.label} <b>${at === null ? `max ${tell(highest(line))}` : tell(line.values[at])}</b>
  </li>`;
}

function Rows({ title, times, lines, tell }) {
  const stride = Math.ceil(times.length / MOST_ROWS);
  const rows = times.map((_, at) => at).filter((at) => at % stride === 0);
  return html`<div class="scroll"><table>
    <caption>${title}${stride > 1 && html`, every ${stride} steps`}</caption>
    <thead><tr><th scope="col">Time</th>${lines.map((line) => html`<th key=${line.label} scope="col" class="figure">${line.label}</th>`)}</tr></thead>
    <tbody>${rows.map((at) => html`<tr key=${at}>
      <th scope="row">${timeOfDay(times[at])}</th>${lines.map((line) => html`<td key=${line.label} class="figure">${tell(line.values[at])}</td>`)}
    </tr>`)}</tbody>
  </table></div>`;
}

function options({ lines, tell }, width, point) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--hairline"), width: 1 }, ticks: { show: false }, font: `11px ${colour("--sans")}` };
  return {
    width: Math.max(width, 1),
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [{ ...axis, size: 28, space: 64, values: (_, splits, _axis, _space, step) => splits.map((seconds) => axisTime(seconds * 1000, step)) }, { ...axis, size: 64, values: (_, splits) => splits.map((value) => tell(value)) }],
    series: [{}, ...lines.map((line) => ({ stroke: colour(STROKES[line.tone]), width: 1.5, dash: line.isDashed ? DASH : [], points: { show: false }, spanGaps: false }))],
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? null)] },
  };
}
