// What course systems leave of the HTML that a teacher writes, as far as their documentation says: for tests only,
// no protection against anything.

/** Canvas's allow-list, of what a snippet of ours has: its tags, and their attributes beside those of any tag. */
const canvas = {
  tags: {
    iframe: "src width height name align frameborder scrolling sandbox allowfullscreen",
    p: "",
    a: "href target",
  },
  any: "title class id style role lang dir",
};

/** The HTML of Canvas's editor: no script, and of a frame only what its list allows. */
export function ofCanvas(html) {
  return allowed(html, canvas);
}

/** Moodle's, for whom it trusts (teachers, in pages and labels): as it was written. */
export const ofTrustedMoodle = (html) => html;

/** Moodle's, for others (posts in forums): neither frames nor scripts. */
export function ofCleanedMoodle(html) {
  return allowed(html, { tags: { p: "", a: "href" }, any: "title" });
}

function allowed(html, { tags, any }) {
  const element =
    /<script\b[^>]*>[\s\S]*?<\/script>|<(\/?)([a-z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/gi;
  return html.replaceAll(element, (_, closing, name, attributes) => {
    const own = tags[name?.toLowerCase()];
    if (own === undefined) return "";
    if (closing) return `</${name}>`;
    const kept = `${own} ${any}`.split(" ");
    const parts = [...attributes.matchAll(/([\w-]+)(?:="[^"]*")?/g)].filter(([, key]) => kept.includes(key));
    return `<${[name, ...parts.map(([part]) => part)].join(" ")}>`;
  });
}
