import { css, html } from "lit";
import { parts } from "../lab/address.js";
import { LabElement } from "./base.js";
import { base, controls } from "./style.js";

/** How a teacher links to the page as it is now, and leaves parts out. */
export class BsLesson extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      p + p {
        margin-top: 0.5rem;
      }
      code {
        font-size: 0.9375em;
        background: var(--field);
        padding: 0.0625rem 0.25rem;
        white-space: nowrap;
      }
    `,
  ];

  protected override render() {
    return html`
      <h2>In a lesson</h2>
      <p>
        This page's address records the network, the target, the method, the sample and the noise you see.
        Copy it, and your students start from there. It also works in a frame on a course site.
      </p>
      <p>
        Add <code>hide=</code> to leave parts out, for example <code>?hide=target,transfer,about</code>. The
        parts are ${parts.join(", ")}.
      </p>
    `;
  }
}

customElements.define("bs-lesson", BsLesson);
