import "./elements/app.js";
import "./frame.js";
import { msg } from "@lit/localize";
import { language, onSpoken, tagOf } from "./lab/language.js";

// Not needed by what is seen first.
addEventListener("load", () => {
  import("./offline/register.js").then(({ keepForOffline }) => keepForOffline(), console.warn);
});

// The page's own title, and what it says of its language.
onSpoken(() => {
  document.documentElement.lang = tagOf(language());
  document.title = msg("Blind Spots: draw a digit, fool a neural network");
});
