import { msg } from "@lit/localize";
import { html, nothing } from "lit";

/** Work of a panel that the visitor may end. */
export interface Work {
  /** What the bar shows. */
  title: string;
  /** What is being done, where the bar alone does not say it. */
  doing?: string;
  /** Share of it that is done. */
  share: number;
  /** Whether the visitor has ended it. */
  cancelled: boolean;
  /** What is said of that. */
  ended: string;
  /** The button's words then. */
  again: string;
  cancel: () => void;
  resume: () => void;
}

/** How far work is, and the button that ends it or begins it again: one button, which keeps the focus. */
export function workRow({ title, doing, share, cancelled, ended, again, cancel, resume }: Work) {
  return html`${cancelled ? html`<p class="small">${ended}</p>` : doing === undefined ? nothing : html`<p>${doing}</p>`}
    ${cancelled ? nothing : html`<progress aria-label=${title} max="1" .value=${share}></progress>`}
    <button type="button" @click=${cancelled ? resume : cancel}>
      ${cancelled ? again : msg("Cancel")}
    </button>`;
}
