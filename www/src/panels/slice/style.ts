import { css } from "../../elements/style.js";

/** Of the panel around the lines and the map. */
export const style = css`
  :host {
    container-type: inline-size;
  }
  .intro {
    max-width: 62rem;
    font-size: 1.125rem;
    line-height: 1.4;
    text-wrap: pretty;
  }
  .wish {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    min-height: 4.75rem;
    margin-block: 0.75rem 1.25rem;
  }
  .idle {
    visibility: hidden;
  }
  /* What another network read, or in another direction, until the new is there. */
  .old {
    opacity: 0.6;
  }
  /* Room for a bar, or for what was done. */
  .said {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    align-content: start;
    gap: 0.25rem 1rem;
    min-height: 5em;
    margin-top: 0.25rem;
    font-size: 0.875rem;
  }
  .wish label {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    min-width: 0;
  }
  .parts {
    display: grid;
    gap: 1.5rem 2rem;
    grid-template-columns: minmax(0, 1fr);
  }
  h3 {
    font-size: 1rem;
    font-weight: 700;
    line-height: 1.3;
    margin-bottom: 0.375rem;
  }
  .lines {
    display: grid;
    gap: 1rem;
    align-content: start;
  }
  .map {
    max-width: 34rem;
    width: 100%;
  }
  .axis {
    display: flex;
    justify-content: space-between;
    gap: 1rem;
  }
  .slider {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.5rem;
    font-size: 0.9375rem;
  }
  .slider .caption {
    flex: 0 1 11rem;
  }
  .slider input {
    flex: 1 1 7rem;
    min-width: 0;
    height: 44px;
    margin: 0;
    accent-color: var(--control);
    cursor: pointer;
  }
  .slider .number {
    flex: none;
    width: 3rem;
    text-align: right;
  }
  .view {
    display: grid;
    grid-template-columns: minmax(0, 11rem) minmax(min-content, 1fr);
    gap: 0.75rem 1rem;
    align-items: center;
  }
  /* Beside the image, also where text is twice its size. */
  .view > :last-child {
    min-width: 5rem;
  }
  .reads {
    font-size: 1.375rem;
    font-weight: 700;
    line-height: 1.2;
  }
  .changed {
    color: var(--fool);
  }
  bs-bars {
    height: 5rem;
    margin-top: 0.375rem;
  }
  .places {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    margin-top: 0.75rem;
  }
  .end {
    min-height: 19rem;
    padding-top: 1.5rem;
  }
  .lesson {
    padding: 0.875rem 1rem;
    background: var(--field);
    max-width: 62rem;
  }
  .lesson p + p {
    margin-top: 0.5rem;
  }
  progress {
    flex: 1 1 4rem;
    min-width: 0;
    height: 0.375rem;
    accent-color: var(--control);
  }
  .waiting {
    padding: 0.625rem 1rem;
    border: 1.5px dashed var(--rule);
  }
  .waiting p {
    flex: 0 1 auto;
  }
  @container (max-width: 43.99em) {
    .wish {
      min-height: 10rem;
    }
    .waiting {
      align-content: center;
    }
  }
  @container (min-width: 44em) {
    .end {
      min-height: 11rem;
    }
    .parts {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      grid-template-areas: "map look" "map lines" "steps lines";
      grid-template-rows: auto auto 1fr;
    }
    .map {
      grid-area: map;
    }
    .look {
      grid-area: look;
    }
    .lines {
      grid-area: lines;
    }
    .steps {
      grid-area: steps;
    }
    .parts.flat {
      grid-template-areas: "lines look" "lines steps";
      grid-template-rows: auto 1fr;
    }
  }
  @container (min-width: 72em) {
    .parts:not(.flat) {
      grid-template-columns: minmax(0, 1.1fr) minmax(0, 1.1fr) minmax(0, 0.9fr);
      grid-template-areas: "lines map look" "lines map steps";
      grid-template-rows: auto 1fr;
    }
  }
`;
