import { css } from "../../elements/style.js";

/** Of the panel around the scale and the tables. */
export const style = css`
  :host {
    container-type: inline-size;
  }
  .intro,
  .verdict,
  .lesson {
    max-width: 62rem;
    text-wrap: pretty;
  }
  .work {
    display: flex;
    flex: 1 1 16rem;
    gap: 1rem;
    align-items: center;
    min-height: 44px;
  }
  .work progress {
    flex: 1 1 4rem;
    min-width: 0;
    max-width: 12rem;
  }
  .wish > p {
    flex: 1 1 100%;
  }
  .intro {
    font-size: 1.125rem;
    line-height: 1.4;
  }
  .verdict {
    font-size: 1.375rem;
    line-height: 1.35;
    margin-block: 1.25rem 0.5rem;
    /* Room for two lines, on a narrow screen for four. */
    min-height: 4lh;
  }
  .verdict .one {
    color: var(--fool);
  }
  .figure {
    max-width: 62rem;
  }
  /* Another digit's result, until the new one is there. */
  .old :is(.verdict, .figure) {
    opacity: 0.6;
  }
  .wish label {
    min-width: 0;
  }
  .key {
    display: grid;
    gap: 0.5rem;
    margin-block: 0.5rem 1.75rem;
  }
  .take {
    margin-block: 0.5rem;
  }
  .figure:has(+ .take) .key {
    margin-bottom: 0.5rem;
  }
  .figure + .take {
    margin-bottom: 1.75rem;
  }
  .key li {
    display: grid;
    grid-template-columns: 2rem 4.5rem minmax(0, 1fr);
    gap: 0.5rem;
    align-items: baseline;
  }
  .key b:first-child {
    width: 1.75rem;
    line-height: 1.75rem;
    border-radius: 50%;
    text-align: center;
    background: var(--control);
    color: var(--sheet);
    forced-color-adjust: none;
  }
  .key .found b:first-child {
    background: var(--fool-fill);
    color: var(--on-fool);
  }
  .tables {
    display: grid;
    gap: 1.5rem 2.5rem;
  }
  h3 {
    font-size: 1rem;
    font-weight: 700;
    margin-bottom: 0.375rem;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    background: var(--sheet);
    border: 1px solid var(--rule);
    font-size: 0.9375rem;
  }
  th,
  td {
    padding: 0.375rem 0.5rem;
    border-bottom: 1px solid var(--rule);
    text-align: right;
    vertical-align: baseline;
  }
  th:first-child,
  td:first-child {
    text-align: left;
    overflow-wrap: anywhere;
  }
  th {
    font-weight: 400;
  }
  thead th {
    background: var(--field);
    color: var(--label);
    font-weight: 600;
    font-size: 0.875rem;
  }
  tfoot th,
  tfoot td {
    font-weight: 700;
    border-bottom: 0;
  }
  a {
    color: var(--label);
  }
  .why {
    display: block;
    color: var(--muted);
    font-size: 0.875rem;
  }
  .lesson {
    margin-top: 1.5rem;
    padding: 0.875rem 1rem;
    background: var(--field);
  }
  .lesson p + p {
    margin-top: 0.5rem;
  }
  .waiting {
    margin-block: 1.25rem;
    padding: 1.25rem 1rem;
    border: 1.5px dashed var(--rule);
    color: var(--muted);
  }
  .wish {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    margin-top: 0.75rem;
  }
  @container (min-width: 52em) {
    .verdict {
      min-height: 2lh;
    }
    .tables {
      grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
      align-items: start;
    }
  }
`;
