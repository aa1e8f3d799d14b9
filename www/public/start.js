// What is said before the page's own script is there, in the language of the address or the browser, instead of what
// `index.html` says; `trouble.js` says why it does not come.
var texts = {
  de: "Zeichne eine Ziffer, sieh zu, wie zwölf neuronale Netze sie lesen, und finde die kleinste Änderung, die eines täuscht. Die Seite wird geladen …",
  es: "Dibuja una cifra, mira cómo la leen doce redes neuronales y encuentra el cambio más pequeño que engaña a una. La página se está cargando…",
  fr: "Dessinez un chiffre, voyez douze réseaux de neurones le lire et trouvez la plus petite modification qui en trompe un. La page se charge…",
  zh: "画一个数字，看十二个神经网络怎样读它，再找到能骗过其中一个的最小改动。页面正在加载……",
};
function language() {
  var asked = new URL(document.location.href).searchParams.get("lang");
  var tags = asked === null ? self.navigator.languages : [asked];
  for (var i = 0; i < tags.length; i += 1) {
    var code = tags[i].toLowerCase().split(/[-_]/)[0];
    if (/^(de|en|es|fr|zh)$/.test(code)) return code;
  }
  return "en";
}
function say(text, code) {
  var words = document.getElementById("before-start");
  if (!words) return;
  words.textContent = text || words.firstChild.data;
  words.lang = code;
}
function saySo() {
  say("The page could not start. Reload it.", "en");
  var trouble = document.createElement("script");
  trouble.src = "./trouble.js";
  document.head.append(trouble);
}
document.addEventListener(
  "readystatechange",
  function () {
    var code = language();
    say(texts[code], code);
  },
  { once: true },
);
addEventListener(
  "error",
  function (event) {
    // One that is missing says so itself; one that cannot be read, in the window, before there is a page.
    var missing = event.target && event.target.tagName === "SCRIPT";
    var unreadable = event.target === self && !customElements.get("bs-app");
    if (!missing && !unreadable) return;
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", saySo);
    else saySo();
  },
  true,
);
