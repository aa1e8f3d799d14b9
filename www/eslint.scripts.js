import js from "@eslint/js";

/** For the browser's tests and benchmarks, whose functions run in Node or in a page: names of either are free. */
export default [
  js.configs.recommended,
  {
    rules: {
      "no-undef": "off",
      "no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_+$" }],
      "no-self-compare": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
];
