// The dashboard: the frame with its navigation, and the page that the address asks for.

import { Fragment, render } from "../vendor/preact/preact.mjs";
import { effect } from "../vendor/signals-core/signals-core.mjs";
import { HelpDialog, TokenDialog } from "./dialogs.js";
import { isHelpOpen, listen as listenToKeys } from "./keys.js";
import { age, latest, listen as listenToFeed, state } from "./live.js";
import { Failed } from "./notices.js";
import { AliasPage } from "./pages/alias.js";
import { AliasesPage } from "./pages/aliases.js";
import { ConfigurationPage } from "./pages/configuration.js";
import { ExchangePage } from "./pages/exchange.js";
import { ExchangesPage } from "./pages/exchanges.js";
import { PlaygroundPage } from "./pages/playground.js";
import { href, place } from "./route.js";
import { chosen, turn } from "./theme.js";
import { html, observed, View } from "./view.js";

const PAGES = {
  aliases: { view: AliasesPage, title: "Aliases", under: "aliases" },
  alias: { view: AliasPage, title: "Alias", under: "aliases" },
  exchanges: { view: ExchangesPage, title: "Exchanges", under: "exchanges" },
  exchange: { view: ExchangePage, title: "Exchange", under: "exchanges" },
  playground: { view: PlaygroundPage, title: "Playground", under: "playground" },
  configuration: { view: ConfigurationPage, title: "Configuration", under: "configuration" },
};
const pageOf = (name) => (Object.hasOwn(PAGES, name) ? PAGES[name] : null);
const NAVIGATION = ["aliases", "exchanges", "playground", "configuration"];

const Feed = observed(() => {
  const seconds = Math.round((age.value ?? 0) / 1000);
  const said = { connecting: "connecting", live: "live", stale: `stale, ${seconds} s old`, away: age.value === null ? "no live figures" : `away, ${seconds} s old` };
  const shape = state.value === "live" ? html`<circle cx="6" cy="6" r="4" fill="currentColor" />` : html`<path d="M6 1L11.5 11H.5Z" fill="currentColor" />`;
  return html`<span class="feed" data-state=${state.value}><svg viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>${said[state.value]}</span>`;
});

const Bar = observed(() => {
  const here = pageOf(place.value.page)?.under;
  return html`<header class="bar"><div>
    <a class="mark" href=${href("aliases")}>
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <g fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"><path d="M4 16h8c6 0 5-8 11-8h5" /><path d="M12 16c6 0 5 8 11 8h5" /></g>
        <circle cx="4.5" cy="16" r="3" fill="currentColor" />
      </svg>Callsign
    </a>
    <nav aria-label="Pages of the dashboard">
      ${NAVIGATION.map((page) => html`<a key=${page} href=${href(page)} aria-current=${here === page ? "page" : null}>${PAGES[page].title}</a>`)}
    </nav>
    <div class="tools">
      <${Feed} />
      <button type="button" class="quiet" onClick=${turn} title="Theme (t)">
        <span class="said">Theme: ${chosen.value}</span>
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
          ${chosen.value === "system" ? html`<path d="M8 1.75a6.25 6.25 0 0 1 0 12.5Z" fill="currentColor" />` : chosen.value === "dark" && html`<circle cx="8" cy="8" r="6" fill="currentColor" />`}
        </svg>
      </button>
      <button type="button" class="quiet" onClick=${() => (isHelpOpen.value = true)} title="Keys (?)"><span class="said">Help with keys</span><span aria-hidden="true">?</span></button>
    </div>
  </div></header>`;
});

/** A configuration that was refused is told on every page: what runs is not what is written. */
const Rejection = observed(() => {
  if (!latest.value?.reload?.rejected || place.value.page === "configuration") return null;
  return html`<div class="notice bad" role="status"><strong>The last configuration was rejected</strong>
    <p>The one before stays in force. <a href=${href("configuration")}>See what is wrong</a></p></div>`;
});

/** A page that breaks says so, and leaves the way to the others. */
class Page extends View {
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  draw({ page }, { error }) {
    if (error) return html`<${Failed} failure=${error} again=${() => this.setState({ error: null })} />`;
    const { id, query } = place.value;
    const known = pageOf(page);
    if (!known) return html`<div class="nothing"><h1 tabindex="-1">No such page</h1><p><a href=${href("aliases")}>Go to the aliases</a></p></div>`;
    return html`<${known.view} key=${id} id=${id} query=${query} />`;
  }
}

const Shell = observed(() => {
  const { page } = place.value;
  return html`<${Fragment}>
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <${Bar} />
    <main id="main" tabindex="-1"><${Rejection} /><${Page} key=${page} page=${page} /></main>
    <${HelpDialog} /><${TokenDialog} />
  </${Fragment}>`;
});

/** The address behind `#` is the page's, so the jump is made by hand. */
function skip(event) {
  event.preventDefault();
  document.querySelector("h1")?.focus();
}

/** Another page has another title, and whoever listens or types is at its beginning. */
function follow() {
  let before = null;
  effect(() => {
    const { page, id } = place.value;
    const title = pageOf(page)?.title ?? "No such page";
    document.title = `${id ? `${id} · ` : ""}${title} · Callsign`;
    const here = `${page}/${id}`;
    if (before !== null && before !== here) requestAnimationFrame(() => requestAnimationFrame(arrive));
    before = here;
  });
  effect(() => {
    document.documentElement.dataset.feed = state.value;
  });
}

function arrive() {
  scrollTo(0, 0);
  document.querySelector("h1")?.focus({ preventScroll: true });
}

listenToKeys();
listenToFeed();
render(html`<${Shell} />`, document.getElementById("app"));
follow();
