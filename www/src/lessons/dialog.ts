import { css, type CSSResultGroup } from "lit";
import { LabDialog } from "../elements/dialog.js";

/** A dialog for teachers, who choose files in it. */
export abstract class LessonDialog extends LabDialog {
  static override styles: CSSResultGroup = [
    LabDialog.styles,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        margin-top: 0.75rem;
      }
      .button {
        position: relative;
      }
      .button input {
        position: absolute;
        inset: 0;
        width: 100%;
        min-height: 0;
        margin: 0;
        opacity: 0;
        cursor: pointer;
        font-size: 0;
      }
      .button:has(:focus-visible) {
        outline: 3px solid var(--label);
        outline-offset: 2px;
      }
      .problem {
        color: var(--fool);
        overflow-wrap: anywhere;
      }
      .said {
        min-height: 1.45em;
        margin-top: 0.5rem;
      }
    `,
  ];
}
