import { msg } from "@lit/localize";
import { html } from "lit";
import { LabElement } from "./base.js";
import "./cite.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";

/** The paper, the numbers, and what came after, in plain words. */
export class BsAbout extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
        gap: 1.5rem 2.25rem;
      }
      p + p,
      .formula + p,
      p + .formula {
        margin-top: 0.625rem;
      }
      p {
        max-width: 36em;
        text-wrap: pretty;
      }
      .formula {
        padding: 0.625rem 0.75rem;
        background: var(--field);
        border: 1px solid var(--rule);
        font-family: "STIX Two Math", "Cambria Math", "Times New Roman", serif;
        font-size: 1.125rem;
        line-height: 1.5;
      }
      /* In a row of its own, however many columns stand above it. */
      bs-cite {
        grid-column: 1 / -1;
      }
      a {
        color: var(--label);
      }
      dt {
        font-weight: 650;
      }
      dd + dt {
        margin-top: 0.5rem;
      }
    `,
  ];

  protected override render() {
    return html`
      <div class="columns">
        <section>
          <h2>${msg("What the paper found")}</h2>
          <p>
            ${msg(html`In 2013 <a href="https://arxiv.org/abs/1312.6199" target="_blank" rel="noopener noreferrer">Christian Szegedy and six colleagues</a> looked for the smallest change that makes a network get it wrong. For nearly every image they found one so small that people hardly see it. They called the results <em>adversarial examples</em>.`)}
          </p>
          <p>
            ${msg("More puzzling still: an example made for one network often fools others, with other layers, even when they were trained on other digits. Random noise of the same size hardly ever does. These are not quirks of one network but blind spots they share.")}
          </p>
          <p>
            ${msg("That is the experiment above. The networks are built and trained as the paper describes (the hardened one on adversarial examples of every layer), plus two convolutional ones, one of them trained to resist.")}
          </p>
        </section>
        <section>
          <h2>${msg("How the change is found")}</h2>
          <p>
            ${msg("For a digit x and a wrong class l, the search looks for a change r that makes this sum small:")}
          </p>
          <p class="formula">
            <i>c</i>·‖<i>r</i>‖² + loss(<i>x</i> + <i>r</i>, <i>l</i>), &ensp; <i>x</i> + <i>r</i> ∈ [0, 1]
          </p>
          <p>
            ${msg("The first part keeps the change small, the second makes the answer wrong. Every pixel stays in its box, between paper (0) and full ink (1). L-BFGS, a method that learns the shape of the valley from past gradients, walks downhill; c is raised for as long as the network can still be fooled, which makes the change as small as possible.")}
          </p>
          <p>${msg("If any other digit will do, all nine are tried and the nearest wins.")}</p>
          <p>
            ${msg("The other methods in the list are newer, and each makes its own trade-off: fewer gradients, or a change that is not the smallest. Compare what they find and what it costs.")}
          </p>
        </section>
        <section>
          <h2>${msg("What the numbers mean")}</h2>
          <dl>
            <dt>${msg("Distortion")}</dt>
            <dd>
              ${msg("√(Σ r² / 784): how much a pixel changes, as the root of the mean square. The paper's FC100-100-10 needs 0.058 on average.")}
            </dd>
            <dt>L2</dt>
            <dd>${msg("√(Σ r²): the length of the change, 28 times the distortion.")}</dd>
            <dt>L∞</dt>
            <dd>${msg("The largest change of a single pixel.")}</dd>
            <dt>${msg("Gradient evaluations")}</dt>
            <dd>
              ${msg("How often the network was run forwards and backwards. This is what the search costs.")}
            </dd>
            <dt>${msg("Confidence")}</dt>
            <dd>
              ${msg("The softmax of the network's ten outputs. It is not the chance of being right: see how sure of itself a fooled network is.")}
            </dd>
          </dl>
        </section>
        <section>
          <h2>${msg("What came after")}</h2>
          <p>
            ${msg(html`<a href="https://arxiv.org/abs/1412.6572" target="_blank" rel="noopener noreferrer">Goodfellow and others (2014)</a> explained much of it by networks being too linear, and made examples in a single step. <a href="https://arxiv.org/abs/1602.02697" target="_blank" rel="noopener noreferrer">Papernot and others (2016)</a> fooled networks that they could only query. <a href="https://arxiv.org/abs/1610.08401" target="_blank" rel="noopener noreferrer">Moosavi-Dezfooli and others (2017)</a> found a single change that works on almost any image.`)}
          </p>
          <p>
            ${msg(html`<a href="https://arxiv.org/abs/1706.06083" target="_blank" rel="noopener noreferrer">Madry and others (2017)</a> trained networks on their own adversarial examples; the last network above was made this way. <a href="https://arxiv.org/abs/1802.00420" target="_blank" rel="noopener noreferrer">Athalye and others (2018)</a> showed that a failed attack does not prove safety. <a href="https://arxiv.org/abs/1905.02175" target="_blank" rel="noopener noreferrer">Ilyas and others (2019)</a> traced the blind spots to patterns in the data that are real, useful, and invisible to us.`)}
          </p>
        </section>
        <bs-cite></bs-cite>
      </div>
    `;
  }
}

define("bs-about", BsAbout);
