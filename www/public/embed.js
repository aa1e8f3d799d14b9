// Makes frames that show Blind Spots as tall as the page in them. For the page around them:
//
//     <iframe src="https://site.example/blindspots/" title="Blind Spots" loading="lazy"></iframe>
//     <script src="https://site.example/blindspots/embed.js"></script>
//
// Only frames whose address begins with this script's folder are touched; where a copy of the script is kept
// elsewhere, `data-site` of its element names the folder. Only their own messages count, and only heights.
(function () {
  var LEAST = 100;
  var MOST = 30000;
  var script = document.currentScript;
  var named = script && script.getAttribute("data-site");
  var site = new URL(named || ".", (!named && script && script.src) || document.baseURI).href;

  /** Whether a frame shows the site, and what a message of this origin says is said by the site. */
  function isOurs(frame, origin) {
    if (frame.src.indexOf(site) !== 0) return false;
    var opaque = frame.hasAttribute("sandbox") && !frame.sandbox.contains("allow-same-origin");
    return origin === (opaque ? "null" : new URL(frame.src).origin);
  }

  /** What the frame's own box takes of its height: border and padding, where they count as part of it. */
  function around(frame) {
    var style = getComputedStyle(frame);
    if (style.boxSizing !== "border-box") return 0;
    var parts = [style.borderTopWidth, style.borderBottomWidth, style.paddingTop, style.paddingBottom];
    return parts.reduce(function (sum, part) {
      return sum + parseFloat(part);
    }, 0);
  }

  addEventListener("message", function (event) {
    var said = event.data;
    if (!said || said.type !== "blindspots:height" || typeof said.height !== "number") return;
    if (!(said.height >= LEAST && said.height <= MOST)) return;
    document.querySelectorAll("iframe").forEach(function (frame) {
      if (frame.contentWindow !== event.source || !isOurs(frame, event.origin)) return;
      // A property, which policies allow that forbid style attributes.
      frame.style.height = Math.ceil(said.height) + around(frame) + "px";
    });
  });

  // What was said before this script was there is said again.
  document.querySelectorAll("iframe").forEach(function (frame) {
    if (frame.src.indexOf(site) === 0) frame.contentWindow.postMessage({ type: "blindspots:height?" }, "*");
  });
})();
