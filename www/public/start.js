// What is said before the page's own script is there, and what is wrong where it cannot be loaded, or was
// opened from the disk, in the language that the address or the browser asks for.
var texts = {
  de: [
    "Zeichne eine Ziffer, sieh zu, wie zwölf neuronale Netze sie lesen, und finde die kleinste Änderung, die eines täuscht. Die Seite wird geladen …",
    "Die Seite konnte nicht starten: Ihr Skript fehlt oder ist beschädigt, oder der Server schickt es nicht als text/javascript oder gibt es einem abgeschotteten Rahmen nicht. Kopiere den ganzen Ordner der Website; für einen Rahmen mit sandbox lass den Server Access-Control-Allow-Origin: * senden, oder gib dem Rahmen allow-same-origin.",
    "Die Seite konnte nicht starten: Sie wurde von der Festplatte geöffnet und braucht einen Webserver. Rufe im Ordner der Website zum Beispiel python3 -m http.server auf und öffne http://localhost:8000/.",
  ],
  es: [
    "Dibuja una cifra, mira cómo la leen doce redes neuronales y encuentra el cambio más pequeño que engaña a una. La página se está cargando…",
    "La página no pudo iniciarse: su script falta o está dañado, o el servidor no lo envía como text/javascript o no lo entrega a un marco aislado. Copia la carpeta completa del sitio; para un marco con sandbox, haz que el servidor envíe Access-Control-Allow-Origin: * o añade allow-same-origin al marco.",
    "La página no pudo iniciarse: se abrió desde el disco y necesita un servidor web. Ejecuta en la carpeta del sitio, por ejemplo, python3 -m http.server y abre http://localhost:8000/.",
  ],
  fr: [
    "Dessinez un chiffre, voyez douze réseaux de neurones le lire et trouvez la plus petite modification qui en trompe un. La page se charge…",
    "La page n’a pas pu démarrer\u00a0: son script manque ou est endommagé, ou le serveur ne l’envoie pas comme text/javascript ou ne le donne pas à un cadre isolé. Copiez le dossier entier du site\u202f; pour un cadre avec sandbox, faites envoyer par le serveur Access-Control-Allow-Origin: *, ou ajoutez allow-same-origin au cadre.",
    "La page n’a pas pu démarrer\u00a0: elle a été ouverte depuis le disque et a besoin d’un serveur web. Lancez par exemple python3 -m http.server dans le dossier du site et ouvrez http://localhost:8000/.",
  ],
  zh: [
    "画一个数字，看十二个神经网络怎样读它，再找到能骗过其中一个的最小改动。页面正在加载……",
    "页面无法启动：脚本缺失或损坏，或者服务器没有以 text/javascript 类型发送它，或不允许沙盒框架读取。请复制整个网站文件夹；对于带 sandbox 的框架，请让服务器发送 Access-Control-Allow-Origin: *，或给框架加上 allow-same-origin。",
    "页面无法启动：它是从磁盘打开的，而它需要网页服务器。例如，在网站文件夹中运行 python3 -m http.server，然后打开 http://localhost:8000/。",
  ],
  en: [
    "",
    "The page could not start: its script is missing or damaged, or the server does not send it as text/javascript " +
      "or does not let a sandboxed frame have it. " +
      "Copy the whole folder of the site, and in a sandboxed frame let the server send " +
      "Access-Control-Allow-Origin: *, or add allow-same-origin to the frame.",
    "The page could not start: it was opened from the disk, and it needs a web server. In the folder of the site run, for example, python3 -m http.server, and open http://localhost:8000/.",
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
  say(texts[code][document.location.protocol === "file:" ? 2 : 1], code);
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
