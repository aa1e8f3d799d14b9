import { css } from "./style.js";

/** How a way in for files looks: where they are dropped, a button that chooses them, and what is wrong with one. */
export const fileStyle = css`
  .drop {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    margin-top: 0.5rem;
    padding: 0.75rem;
    border: 1.5px dashed var(--control);
  }
  .drop.over {
    background: var(--field);
    border-style: solid;
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
`;
