import { css } from "../elements/style.js";

/** How the form for lessons looks. */
export const style = css`
  label {
    display: block;
    margin-top: 0.5rem;
  }
  input[type="text"],
  input[type="number"],
  textarea {
    display: block;
    width: 100%;
    min-height: 44px;
    padding: 0.25rem 0.5rem;
    font: inherit;
    color: var(--ink);
    background: var(--sheet);
    border: 1.5px solid var(--control);
  }
  input[type="number"] {
    width: 8rem;
  }
  select {
    display: block;
    max-width: 100%;
  }
  fieldset {
    min-width: 0;
    margin: 1rem 0 0;
    padding: 0.25rem 0.75rem 0.75rem;
    border: 1px solid var(--rule);
    background: var(--sheet);
  }
  fieldset fieldset {
    margin-top: 0.5rem;
  }
  a {
    min-height: 44px;
    align-content: center;
  }
  .fields {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1.25rem;
  }
  /* No wider than the form, however long a choice is. */
  .fields > * {
    min-width: 0;
    max-width: 100%;
  }
  .list {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
  }
  .list label {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    min-height: 44px;
    margin: 0;
  }
  input[type="checkbox"] {
    flex: none;
    width: 1.125rem;
    height: 1.125rem;
  }
`;
