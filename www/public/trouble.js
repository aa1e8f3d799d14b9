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
        de: "Die Seite konnte nicht starten: Ein Teil von ihr ist nicht angekommen. Lade sie neu. Wenn das nicht hilft, gib denen Bescheid, die sie bereitstellen: Ihr Skript fehlt oder ist beschädigt, oder der Server gibt es einem abgeschotteten Rahmen nicht. Der ganze Ordner der Website ist zu kopieren; für einen Rahmen mit sandbox muss der Server Access-Control-Allow-Origin: * senden, oder der Rahmen braucht allow-same-origin.",
        es: "La página no pudo iniciarse: una parte de ella no llegó. Recárgala. Si no sirve, avisa a quien la publica: su script falta o está dañado, o el servidor no lo entrega a un marco aislado. Hay que copiar la carpeta completa del sitio; para un marco con sandbox, el servidor tiene que enviar Access-Control-Allow-Origin: * o el marco necesita allow-same-origin.",
        fr: "La page n’a pas pu démarrer\u00a0: une partie n’est pas arrivée. Rechargez-la. Si cela ne suffit pas, prévenez la personne qui l’héberge\u00a0: son script manque ou est endommagé, ou le serveur ne le donne pas à un cadre isolé. Il faut copier le dossier entier du site\u202f; pour un cadre avec sandbox, le serveur doit envoyer Access-Control-Allow-Origin: *, ou le cadre a besoin d’allow-same-origin.",
        zh: "页面无法启动：有一部分没有传到。请重新加载页面。如果仍然不行，请告诉提供该页面的人：脚本缺失或损坏，或者服务器不允许沙盒框架读取。需要复制整个网站文件夹；对于带 sandbox 的框架，服务器要发送 Access-Control-Allow-Origin: *，或给框架加上 allow-same-origin。",
        en: "The page could not start: a part of it did not arrive. Reload it. If that does not help, tell whoever hosts it: its script is missing or damaged, or the server does not let a sandboxed frame have it. The whole folder of the site has to be copied; for a sandboxed frame the server has to send Access-Control-Allow-Origin: *, or the frame needs allow-same-origin.",
      })[language()],
  language(),
);
