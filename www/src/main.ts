import "./elements/index.js";
import "./frame.js";

// Not needed by what is seen first.
addEventListener("load", () => {
  import("./offline/register.js").then(({ keepForOffline }) => keepForOffline(), console.warn);
});
