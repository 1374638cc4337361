// What stands above the page: help with the keys, and the question for the operator's token.

import { declineToken, isTokenWanted, useToken } from "./api.js";
import { areKeysOn, isHelpOpen, LEGEND, switchKeys } from "./keys.js";
import { html, View } from "./view.js";

/** A `<dialog>` that is open while its signal says so; `close()` is called where its user closes it. */
class Dialog extends View {
  arrive() {
    this.root.current.addEventListener("close", () => this.props.open.peek() && this.props.close());
    this.show();
  }

  componentDidUpdate() {
    this.show();
  }

  show() {
    const isOpen = this.props.open.peek();
    const dialog = this.root.current;
    if (isOpen && !dialog.open) dialog.showModal();
    if (!isOpen && dialog.open) dialog.close();
  }

  draw({ open, title, children }) {
    return html`<dialog ref=${this.root} aria-label=${title}>${open.value && children}</dialog>`;
  }
}

function closeHelp() {
  isHelpOpen.value = false;
}

export class HelpDialog extends View {
  draw() {
    const areOn = areKeysOn.value;
    return html`<${Dialog} open=${isHelpOpen} close=${closeHelp} title="Keys"><div>
      <h2>Keys</h2>
      <dl class="keys">${LEGEND.map(([keys, what]) => html`<dt key=${what}>${keys.map((key, at) => html`${at > 0 && " "}<kbd>${key}</kbd>`)}</dt><dd>${what}</dd>`)}</dl>
      <label class="check"><input type="checkbox" checked=${areOn} onChange=${(event) => switchKeys(event.currentTarget.checked)} /> Single keys are on</label>
      <p><button type="button" onClick=${closeHelp}>Close</button></p>
    </div></${Dialog}>`;
  }
}

export class TokenDialog extends View {
  submit(event) {
    event.preventDefault();
    const text = event.currentTarget.elements.token.value.trim();
    if (text) useToken(text);
  }

  draw() {
    return html`<${Dialog} open=${isTokenWanted} close=${declineToken} title="Token"><form onSubmit=${(event) => this.submit(event)}>
      <h2>The gateway asks for a token</h2>
      <p class="soft">It is the one of <code>admin</code> in the configuration. This tab keeps it until it is closed.</p>
      <label class="field"><span>Token</span><input name="token" type="password" autocomplete="off" autofocus required spellcheck=${false} /></label>
      <p><button class="first">Use it</button></p>
    </form></${Dialog}>`;
  }
}
