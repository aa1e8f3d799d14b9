// Where a bundler put the files of models/. The site leaves this empty and looks beside its scripts;
// the npm package's build fills it in (`www/vite.package.ts`).

/** Addresses by file name. */
export const packed: Readonly<Record<string, URL>> = {};
