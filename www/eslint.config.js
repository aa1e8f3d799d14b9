import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import tseslint from "typescript-eslint";

/**
 * What takes text for markup, script or an address. What visitors, files and addresses say may reach the page as
 * text only, so nothing may reach these.
 */
const sinks = {
  properties:
    "innerHTML|outerHTML|srcdoc|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|parseHTMLUnsafe",
  attributes: "href|src|srcdoc|action|formaction|data|on[a-z]+",
  why: "Text from files and addresses reaches the page as text nodes only.",
};

/**
 * A style in an attribute or an element of its own is ignored on pages whose policy is `style-src 'self'`. Lit's
 * `static styles` and `styled()` are not.
 */
const styles = "Styles go into static styles, or through styled(): a page's policy may ignore all others.";

const noSinks = {
  "no-eval": "error",
  "no-script-url": "error",
  "@typescript-eslint/no-implied-eval": "error",
  "no-restricted-imports": [
    "error",
    {
      patterns: [
        { group: ["lit/directives/unsafe-*", "lit-html/directives/unsafe-*"], message: sinks.why },
        { group: ["lit/directives/style-map*", "lit-html/directives/style-map*"], message: styles },
      ],
    },
  ],
  "no-restricted-syntax": [
    "error",
    ...[
      `MemberExpression[property.name=/^(${sinks.properties})$/]`,
      `MemberExpression[property.value=/^(${sinks.properties})$/]`,
      `Property[key.name=/^(${sinks.properties})$/]`,
      "MemberExpression[object.name='document'][property.name=/^write(ln)?$/]",
      "CallExpression[callee.property.name='setAttribute'][arguments.0.type!='Literal']",
      `CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(${sinks.attributes})$/i]`,
      // In a template of Lit's: a property, or an attribute that is or loads script, with a value from outside it.
      `TaggedTemplateExpression TemplateElement[value.raw=/\\.(${sinks.properties})=["']?$/]`,
      `TaggedTemplateExpression TemplateElement[tail=false][value.raw=/\\s[?.]?(${sinks.attributes})=["'][^"']*$|\\s[?.]?(${sinks.attributes})=$/i]`,
    ].map((selector) => ({ selector, message: sinks.why })),
    ...[
      "CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal[value='style']",
      "CallExpression[callee.property.name='createElement'] > Literal[value='style']",
      "TaggedTemplateExpression[tag.name=/^(html|svg|mathml)$/] TemplateElement[value.raw=/\\sstyle=|<style/i]",
    ].map((selector) => ({ selector, message: styles })),
    {
      selector: "CallExpression[callee.object.name='customElements'][callee.property.name='define']",
      message: "Another copy of the site may have given the name: use define() of src/elements/define.ts.",
    },
  ],
};

export default tseslint.config(
  // The Wasm module, its message types and the translations are generated.
  { ignores: ["dist/", "src/engine/wasm/", "src/engine/messages.ts", "src/languages/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  lit["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_" }],
      "@typescript-eslint/unbound-method": "off",
      ...noSinks,
    },
  },
  {
    files: ["public/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: {
        addEventListener: "readonly",
        customElements: "readonly",
        document: "readonly",
        getComputedStyle: "readonly",
        self: "readonly",
        URL: "readonly",
      },
    },
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ["public/trouble.js"],
    languageOptions: { globals: { say: "readonly", language: "readonly" } },
  },
  { files: ["src/elements/define.ts"], rules: { "no-restricted-syntax": "off" } },
  {
    files: ["languages.js", "xliff.js"],
    languageOptions: { globals: { console: "writable", process: "readonly" } },
    extends: [tseslint.configs.disableTypeChecked],
  },
  { files: ["eslint.*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
