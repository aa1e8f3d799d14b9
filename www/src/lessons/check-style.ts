import { css } from "../elements/style.js";

/** How the results of a class look. */
export const style = css`
  .drop {
    margin-block: 0.75rem;
  }
  .table {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    background: var(--sheet);
  }
  th,
  td {
    padding: 0.375rem 0.5rem;
    border-bottom: 1px solid var(--rule);
    text-align: left;
    vertical-align: top;
  }
  td.number {
    text-align: center;
  }
  @media print {
    .table {
      overflow: visible;
    }
  }
  @media (max-width: 34rem) {
    th,
    td {
      padding-inline: 0.25rem;
    }
  }
  /* However long a name is, there is room for what was found. */
  .name {
    display: block;
    min-width: 4.5rem;
    max-width: 16rem;
    overflow-wrap: anywhere;
  }
  .found {
    min-width: 6rem;
    overflow-wrap: anywhere;
  }
  .wrong {
    color: var(--fool);
  }
  .note {
    color: var(--ink);
  }
  progress {
    width: min(100%, 20rem);
    accent-color: var(--fool-fill);
  }
`;
