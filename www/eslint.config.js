import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import tseslint from "typescript-eslint";

export default tseslint.config(
  // The Wasm module and its message types are generated.
  { ignores: ["dist/", "src/engine/wasm/", "src/engine/messages.ts"] },
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
    },
  },
  {
    files: ["public/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: { addEventListener: "readonly", document: "readonly" },
    },
    extends: [tseslint.configs.disableTypeChecked],
  },
  { files: ["eslint.config.js"], extends: [tseslint.configs.disableTypeChecked] },
);
