import { css } from "../../elements/style.js";

/** Of the panel around the table. */
export const style = css`
  .intro {
    max-width: 62rem;
    font-size: 1.125rem;
    line-height: 1.4;
    text-wrap: pretty;
  }
  .wish,
  .go {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    margin-top: 0.75rem;
  }
  .wish label,
  .magnify,
  .magnify label {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    min-width: 0;
  }
  .magnify input[type="range"] {
    width: 14rem;
    max-width: 100%;
    height: 44px;
    margin: 0;
    accent-color: var(--fool-fill);
    cursor: pointer;
  }
  .magnify {
    margin-block: 0.25rem 0.75rem;
  }
  .magnify .number {
    min-width: 8.25rem;
  }
  @media (max-width: 34rem) {
    /* So that the two buttons stand in one row. */
    .magnify .number {
      flex-basis: 100%;
    }
  }
  .check {
    min-height: 44px;
    cursor: pointer;
  }
  .check input {
    width: 1.25rem;
    height: 1.25rem;
    accent-color: var(--control);
  }
  label:has(:disabled) {
    color: var(--muted);
  }
  select:disabled {
    color: inherit;
    border-color: var(--rule);
    background-color: transparent;
    cursor: default;
  }
  .go {
    min-height: 52px;
    margin-block: 0.75rem 0.5rem;
  }
  .go button {
    min-width: 8.5rem;
  }
  .go p {
    flex: 1 1 11rem;
  }
  progress {
    width: 100%;
    height: 0.5rem;
    accent-color: var(--fool-fill);
  }
  .idle {
    visibility: hidden;
  }
  .take {
    margin-top: 0.5rem;
  }
  .sum-up {
    min-height: 3lh;
    margin-top: 1rem;
    font-size: 1.0625rem;
    max-width: 62rem;
    text-wrap: pretty;
  }
  /* As wide before it is counted, so that lines break alike. */
  .sum-up .number {
    display: inline-block;
    min-width: 3.25em;
    text-align: right;
  }
  .sum-up b {
    color: var(--fool);
  }
  .foot {
    margin-top: 0.5rem;
    max-width: 62rem;
  }
`;
