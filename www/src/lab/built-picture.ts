import type { Kept } from "./opening-picture.js";

/** The picture that was made when the site was built (`www/vite.opening.ts`); none while developing. */
export const built: Kept | null = null;
