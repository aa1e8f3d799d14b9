/** How something is cited: in words, and as an entry for BibTeX. */
export interface Citation {
  text: string;
  bibtex: string;
}

const none: Citation = { text: "", bibtex: "" };

/** Of this software and of the paper: `www/vite.citation.ts` puts what CITATION.cff says here. */
export const citations: { software: Citation; paper: Citation } = { software: none, paper: none };
