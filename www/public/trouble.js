// Why the page cannot start: from the disk browsers load no modules, and other hosts lack a file, or keep it from a
// frame. Uses `start.js`.
say(
  (document.location.protocol === "file:"
    ? {
        de: "Die Seite konnte nicht starten: Sie wurde von der Festplatte geöffnet und braucht einen Webserver. Rufe im Ordner der Website zum Beispiel python3 -m http.server auf und öffne http://localhost:8000/.",
        es: "La página no pudo iniciarse: se abrió desde el disco y necesita un servidor web. Ejecuta en la carpeta del sitio, por ejemplo, python3 -m http.server y abre http://localhost:8000/.",
        fr: "La page n’a pas pu démarrer\u00a0: elle a été ouverte depuis le disque et a besoin d’un serveur web. Lancez par exemple python3 -m http.server dans le dossier du site et ouvrez http://localhost:8000/.",
        zh: "页面无法启动：它是从磁盘打开的，而它需要网页服务器。例如，在网站文件夹中运行 python3 -m http.server，然后打开 http://localhost:8000/。",
        en: "The page could not start: it was opened from the disk, and it needs a web server. In the folder of the site run, for example, python3 -m http.server, and open http://localhost:8000/.",
      }
    : {
        de: "Die Seite konnte nicht starten: Ihr Skript fehlt oder ist beschädigt, oder der Server gibt es einem abgeschotteten Rahmen nicht. Kopiere den ganzen Ordner der Website; für einen Rahmen mit sandbox lass den Server Access-Control-Allow-Origin: * senden, oder gib dem Rahmen allow-same-origin.",
        es: "La página no pudo iniciarse: su script falta o está dañado, o el servidor no lo entrega a un marco aislado. Copia la carpeta completa del sitio; para un marco con sandbox, haz que el servidor envíe Access-Control-Allow-Origin: * o añade allow-same-origin al marco.",
        fr: "La page n’a pas pu démarrer\u00a0: son script manque ou est endommagé, ou le serveur ne le donne pas à un cadre isolé. Copiez le dossier entier du site\u202f; pour un cadre avec sandbox, faites envoyer par le serveur Access-Control-Allow-Origin: *, ou ajoutez allow-same-origin au cadre.",
        zh: "页面无法启动：脚本缺失或损坏，或者服务器不允许沙盒框架读取。请复制整个网站文件夹；对于带 sandbox 的框架，请让服务器发送 Access-Control-Allow-Origin: *，或给框架加上 allow-same-origin。",
        en: "The page could not start: its script is missing or damaged, or the server does not let a sandboxed frame have it. Copy the whole folder of the site, and in a sandboxed frame let the server send Access-Control-Allow-Origin: *, or add allow-same-origin to the frame.",
      })[language()],
  language(),
);
