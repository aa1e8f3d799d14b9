import { css } from "./style.js";

/** How the page is laid out, by its own width. */
export const style = css`
  :host {
    /* Its own width decides, not the window's: text may be twice its size. */
    container-type: inline-size;
    max-width: 96rem;
    margin-inline: auto;
    padding: 0 clamp(1rem, 2.2vw, 2rem);
  }
  /* It comes later. */
  bs-picture {
    display: block;
    min-height: 44px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0.125rem 1.75rem;
    padding-block: 1.125rem 1rem;
  }
  h1 {
    margin: 0;
    font-size: clamp(2rem, 1.5rem + 1.6vw, 2.625rem);
    font-weight: 800;
    line-height: 1;
    letter-spacing: -0.025em;
  }
  header p {
    flex: 1 1 22rem;
    max-width: 52rem;
    font-size: 1.0625rem;
    line-height: 1.4;
    text-wrap: pretty;
  }
  header .backend {
    flex: none;
    min-height: 0;
    color: var(--label);
    font-size: 0.875rem;
  }
  @container (max-width: 43.99em) {
    header {
      padding-block: 0.875rem 0.75rem;
    }
  }
  @container (max-width: 71.99em) {
    header .backend {
      display: none;
    }
  }
  .chapters {
    display: grid;
    gap: 2.5rem;
    margin-bottom: 3.5rem;
  }
  .lab {
    padding-block: 1.25rem 1rem;
    border-top: 0.75rem solid var(--control);
  }
  .lab h2 {
    border: 0;
    padding-block: 0 0.25rem;
    font-size: clamp(1.75rem, 1.4rem + 1.2vw, 2.25rem);
    font-weight: 800;
    line-height: 1.1;
  }
  .lab p {
    max-width: 52rem;
    font-size: 1.0625rem;
  }
  header button,
  header:has(button) .backend,
  bs-language {
    align-self: center;
  }
  header button {
    margin-left: auto;
    font-weight: 650;
  }
  @container (max-width: 30em) {
    /* One row on a phone. */
    header {
      justify-content: end;
      column-gap: 0.375rem;
    }
    header h1 {
      margin-right: auto;
    }
    header p {
      order: 1;
    }
    header:has(button) h1 {
      align-self: center;
      font-size: clamp(1.125rem, 6.7cqi, 1.5rem);
    }
    header button {
      padding-inline: 0.5rem;
      font-size: 0.875rem;
    }
  }
  @container (max-width: 22em) {
    header {
      column-gap: 0.25rem;
    }
    header:has(button) h1 {
      font-size: clamp(1rem, 5.5cqi, 1.25rem);
    }
    header button {
      padding-inline: 0.25rem;
    }
  }
  /* Seen wherever the page has been scrolled to, and nothing jumps when it comes. */
  @media screen {
    [role="alert"] {
      position: sticky;
      top: 0;
      z-index: 2;
      height: 0;
    }
  }
  main:focus {
    outline: none;
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    padding: 0.5rem 0.5rem 0.5rem 1rem;
    background: var(--fool-wash);
    border: 1.5px solid var(--fool);
  }
  .notice div {
    flex: 1 1 16rem;
    max-height: 40vh;
    overflow: auto;
  }
  .untitled {
    padding-top: 1rem;
  }
  /* Until a lesson stands above it, so that nothing jumps. */
  .held > :not(bs-tasks, [role="alert"]),
  .held + footer,
  main:not(.whole) + footer {
    visibility: hidden;
  }
  .experiment {
    display: grid;
    gap: 1.75rem clamp(1.25rem, 2vw, 2rem);
    grid-template-columns: minmax(0, 1fr);
  }
  .draw {
    display: grid;
    gap: 0.875rem;
    align-content: start;
    grid-template-columns: minmax(0, 1fr);
  }
  .draw h2 {
    margin-bottom: -0.875rem;
  }
  .more {
    display: grid;
    gap: 1.75rem clamp(1.25rem, 2vw, 2rem);
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
    margin-top: 1.75rem;
  }
  bs-experiments,
  bs-about {
    margin-top: 2.5rem;
  }
  @container (min-width: 44em) {
    .experiment {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1.12fr);
      grid-template-areas: "draw fool" "transfer transfer" "readings readings";
    }
    .draw {
      grid-area: draw;
    }
    .fool {
      grid-area: fool;
    }
    .outcome {
      grid-area: transfer;
    }
    bs-readings {
      grid-area: readings;
    }
  }
  @container (min-width: 72em) {
    .experiment {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1.3fr) minmax(0, 1fr);
      grid-template-areas: "draw fool readings" "transfer transfer transfer";
    }
    .experiment.alone {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1.3fr);
      grid-template-areas: "draw fool" "transfer transfer";
    }
  }
  footer {
    margin-top: 2.5rem;
    padding-block: 1rem 2rem;
    border-top: 1px solid var(--rule);
    font-size: 0.875rem;
    color: var(--muted);
  }
  bs-help {
    font-size: 0.875rem;
    margin-bottom: 0.75rem;
  }
  footer p {
    max-width: 62rem;
  }
  footer a {
    color: inherit;
  }
  footer p + p {
    margin-top: 0.375rem;
  }
`;
