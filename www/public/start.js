// Says what is wrong where the page's own script cannot be loaded.
function saySo() {
  var words = document.getElementById("before-start");
  if (!words) return;
  words.textContent =
    "The page could not start: its script is missing or damaged, or the server does not let a sandboxed frame have it. " +
    "Copy the whole folder of the site, and in a sandboxed frame let the server send " +
    "Access-Control-Allow-Origin: *, or add allow-same-origin to the frame.";
}
addEventListener(
  "error",
  function (event) {
    // A script that is missing says so itself; one that cannot be read, in the window, before there is a page.
    var missing = event.target && event.target.tagName === "SCRIPT";
    var unreadable = event.target === self && !customElements.get("bs-app");
    if (!missing && !unreadable) return;
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", saySo);
    else saySo();
  },
  true,
);
