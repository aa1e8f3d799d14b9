// What the site's files are, as the build knows them (`www/vite.hashes.ts`). Empty while developing, where
// nothing is checked.

/** SHA-256 of the files in `models/`, in hexadecimal digits, by their names; of a .gz also that of what it holds. */
export const models: Readonly<Record<string, readonly string[]>> = {};

/** SHA-256 of the Wasm modules, by the folder in `wasm/` that holds each. */
export const modules: Readonly<Record<string, readonly string[]>> = {};
