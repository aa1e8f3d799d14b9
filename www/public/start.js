// Says what is wrong where the page's own script cannot be loaded.
addEventListener(
  "error",
  function (event) {
    if (!event.target || event.target.tagName !== "SCRIPT") return;
    addEventListener("DOMContentLoaded", function () {
      var words = document.getElementById("before-start");
      if (!words) return;
      words.textContent =
        "The page could not start: its script is missing or damaged, or the server does not let a sandboxed frame have it. " +
        "Copy the whole folder of the site, and in a sandboxed frame let the server send " +
        "Access-Control-Allow-Origin: *, or add allow-same-origin to the frame.";
    });
  },
  true,
);
