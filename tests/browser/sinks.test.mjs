// The rules that keep text from files and addresses out of markup and script, and styles out of where a strict
// policy ignores them: each way there is refused by `eslint`, and the page's own ways are not.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { it } from "node:test";
import { repository } from "./lib/server.mjs";

const www = join(repository, "www");
const { ESLint } = createRequire(join(www, "package.json"))("eslint");

const ways = {
  innerHTML: "element.innerHTML = text;",
  "innerHTML in brackets": 'element["innerHTML"] = text;',
  outerHTML: "element.outerHTML = text;",
  insertAdjacentHTML: 'element.insertAdjacentHTML("beforeend", text);',
  assign: "Object.assign(element, { innerHTML: text });",
  fragment: "document.createRange().createContextualFragment(text);",
  write: "document.write(text);",
  writeln: "document.writeln(text);",
  srcdoc: "(element as HTMLIFrameElement).srcdoc = text;",
  handler: 'element.setAttribute("onclick", text);',
  attribute: "element.setAttribute(text, text);",
  address: 'element.setAttribute("href", text);',
  eval: "eval(text);",
  Function: "export const made = new Function(text) as unknown;",
  setTimeout: "setTimeout(text, 10);",
  setInterval: 'setInterval("alert(1)", 10);',
  script: 'export const link = "javascript:alert(1)";',
  "Lit's unsafeHTML":
    'import { unsafeHTML } from "lit/directives/unsafe-html.js";\nexport const u = unsafeHTML(text);',
  "Lit's unsafeSVG":
    'import { unsafeSVG } from "lit/directives/unsafe-svg.js";\nexport const u = unsafeSVG(text);',
  "Lit's property": "export const h = html`<p .innerHTML=${text}></p>`;",
  "Lit's href": "export const h = html`<a href=${text}>here</a>`;",
  "Lit's quoted src": 'export const h = html`<img src="x/${text}" />`;',
  "Lit's handler": "export const h = html`<p onclick=${text}></p>`;",
};

/** Styles that a policy of `style-src 'self'` has ignored. */
const styles = {
  "a style attribute": "element.setAttribute('style', text);",
  "a style element": "document.createElement('style');",
  "Lit's style": "export const h = html`<p style=${text}></p>`;",
  "Lit's quoted style": 'export const h = html`<p class="a" style="left: ${text}"></p>`;',
  "Lit's fixed style": 'export const h = html`<p style="left: 0">${text}</p>`;',
  "Lit's style element": "export const h = html`<style>${text}</style>`;",
  "Lit's styleMap":
    'import { styleMap } from "lit/directives/style-map.js";\nexport const s = styleMap({ left: text });',
};

const harmless = {
  text: "element.textContent = text;",
  "Lit's text": 'export const h = html`<p class="href=" title=${text}>${text}</p>`;',
  "Lit's listener": "export const h = html`<p @click=${() => element.remove()}></p>`;",
  "Lit's value": "export const h = html`<input .value=${text} aria-label=${text} />`;",
  label: 'element.setAttribute("aria-label", text);',
  "a property of a style": 'element.style.setProperty("--p", text);',
  timer: "setTimeout(() => element.remove(), 10);",
  address: 'export const link = new URL(text, "https://example.org/").pathname;',
};

/** The rules that code breaks, in the place of the page's own script. */
async function broken(code) {
  const head =
    'import { html } from "lit";\ndeclare const element: HTMLElement;\ndeclare const text: string;\n';
  const eslint = new ESLint({ cwd: www, allowInlineConfig: false });
  const filePath = join(www, "src/main.ts");
  const [{ messages }] = await eslint.lintText(`${head}export const kept = html;\n${code}\n`, { filePath });
  const sinks = /no-restricted-(?:syntax|imports)|eval|script-url|new-func/;
  return messages
    .filter(({ ruleId, fatal }) => fatal || sinks.test(ruleId ?? ""))
    .map(({ message }) => message);
}

for (const [name, code] of Object.entries({ ...ways, ...styles })) {
  it(`${name} is refused`, async () => {
    assert.notDeepEqual(await broken(code), [], code);
  });
}

for (const [name, code] of Object.entries(harmless)) {
  it(`${name} is welcome where it is harmless`, async () => {
    assert.deepEqual(await broken(code), [], code);
  });
}
