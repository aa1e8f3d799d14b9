// In a frame, the page tells the page around it how tall it is, so that a frame can be as tall as what is in it
// (`public/embed.js` does that, and docs/EMBEDDING.md says how):
//
//     { type: "blindspots:height", height: number }       to the parent, in CSS pixels, whenever it changes
//     { type: "blindspots:height?" }                      from the parent: say it again
//
// It is said to any origin, because a sandboxed page cannot know whose frame it is in, and a height is no secret.

/** What is said of the page's height. */
export interface HeightMessage {
  type: "blindspots:height";
  /** CSS pixels, rounded up. */
  height: number;
}

const QUESTION = "blindspots:height?";

/** The height of what is on the page. It follows from the width alone, never from the frame's own height. */
function height(): number {
  return Math.ceil(document.documentElement.getBoundingClientRect().height);
}

function listen(host: Window): void {
  let told = 0;
  const tell = () => {
    told = height();
    host.postMessage({ type: "blindspots:height", height: told } satisfies HeightMessage, "*");
  };
  new ResizeObserver(() => {
    if (height() !== told) tell();
  }).observe(document.documentElement);
  addEventListener("message", ({ source, data }: MessageEvent<{ type?: unknown } | null>) => {
    if (source === host && data?.type === QUESTION) tell();
  });
}

if (window.parent !== window) listen(window.parent);
