import { css, type CSSResultGroup } from "lit";
import { LabDialog } from "../elements/dialog.js";
import { fileStyle } from "../elements/file-style.js";

/** A dialog for teachers, who choose files in it. */
export abstract class LessonDialog extends LabDialog {
  static override styles: CSSResultGroup = [
    LabDialog.styles,
    fileStyle,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        margin-top: 0.75rem;
      }
      .said {
        min-height: 1.45em;
        margin-top: 0.5rem;
      }
    `,
  ];
}
