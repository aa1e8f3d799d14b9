// What is said before the page's own script is there, and what is wrong where it cannot be loaded, in the language
// that the address or the browser asks for; `disk.js` goes on where the page was opened from the disk.
var texts = {
  de: [
    "Zeichne eine Ziffer, sieh zu, wie zwölf neuronale Netze sie lesen, und finde die kleinste Änderung, die eines täuscht. Die Seite wird geladen …",
    "Die Seite konnte nicht starten: Ihr Skript fehlt oder ist beschädigt, oder der Server gibt es einem abgeschotteten Rahmen nicht. Kopiere den ganzen Ordner der Website; für einen Rahmen mit sandbox lass den Server Access-Control-Allow-Origin: * senden, oder gib dem Rahmen allow-same-origin.",
  ],
  es: [
    "Dibuja una cifra, mira cómo la leen doce redes neuronales y encuentra el cambio más pequeño que engaña a una. La página se está cargando…",
    "La página no pudo iniciarse: su script falta o está dañado, o el servidor no lo entrega a un marco aislado. Copia la carpeta completa del sitio; para un marco con sandbox, haz que el servidor envíe Access-Control-Allow-Origin: * o añade allow-same-origin al marco.",
  ],
  fr: [
    "Dessinez un chiffre, voyez douze réseaux de neurones le lire et trouvez la plus petite modification qui en trompe un. La page se charge…",
    "La page n’a pas pu démarrer\u00a0: son script manque ou est endommagé, ou le serveur ne le donne pas à un cadre isolé. Copiez le dossier entier du site\u202f; pour un cadre avec sandbox, faites envoyer par le serveur Access-Control-Allow-Origin: *, ou ajoutez allow-same-origin au cadre.",
  ],
  zh: [
    "画一个数字，看十二个神经网络怎样读它，再找到能骗过其中一个的最小改动。页面正在加载……",
    "页面无法启动：脚本缺失或损坏，或者服务器不允许沙盒框架读取。请复制整个网站文件夹；对于带 sandbox 的框架，请让服务器发送 Access-Control-Allow-Origin: *，或给框架加上 allow-same-origin。",
  ],
  en: [
    "",
    "The page could not start: its script is missing or damaged, or the server does not let a sandboxed frame have it. " +
      "Copy the whole folder of the site, and in a sandboxed frame let the server send " +
      "Access-Control-Allow-Origin: *, or add allow-same-origin to the frame.",
  ],
};
function language() {
  var asked = new URL(document.location.href).searchParams.get("lang");
  var tags = asked === null ? self.navigator.languages : [asked];
  for (var i = 0; i < tags.length; i += 1) {
    var code = tags[i].toLowerCase().split(/[-_]/)[0];
    if (Object.prototype.hasOwnProperty.call(texts, code)) return code;
  }
  return "en";
}
function say(text, code) {
  var words = document.getElementById("before-start");
  if (!words || !text) return;
  words.textContent = text;
  words.lang = code;
}
function saySo() {
  var code = language();
  say(texts[code][1], code);
  if (document.location.protocol !== "file:") return;
  var disk = document.createElement("script");
  disk.src = "./disk.js";
  document.head.append(disk);
}
document.addEventListener(
  "readystatechange",
  function () {
    var code = language();
    say(texts[code][0], code);
  },
  { once: true },
);
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
