import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls, css } from "../elements/style.js";
import { courseOf } from "./course.js";
import "./lab-task.js";
import { cameOf, titleOf } from "./words.js";

/** In the lab, beside what was found: the task that it is for, to be handed in there. */
export class BsTaskLine extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      div {
        margin-top: 1rem;
        padding: 0.75rem;
        background: var(--field);
        border: 1.5px solid var(--control);
      }
      p {
        text-wrap: pretty;
      }
      .came {
        min-height: 1.45em;
        margin-top: 0.5rem;
        font-weight: 650;
      }
      .not {
        color: var(--fool);
      }
    `,
  ];

  protected override render() {
    const course = courseOf(this.lab);
    const { task, current } = course;
    if (!task || task.kind === "predict" || task.kind === "unit-or-direction") return nothing;
    const came = cameOf(current, course);
    return html`<div data-testid="task-line">
      <p><span class="caption">${msg("Your task")}</span> ${titleOf(task, course)}</p>
      <bs-lab-task .lab=${this.lab} .place=${current} .task=${task} brief></bs-lab-task>
      <p class="came ${came.not ? "not" : ""}" lang=${came.lang ?? nothing}>${came.text}</p>
    </div>`;
  }
}

define("bs-task-line", BsTaskLine);
