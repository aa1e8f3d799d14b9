// What a page says that was opened from the disk, where browsers load no modules. Uses `start.js`.
say(
  {
    de: "Die Seite konnte nicht starten: Sie wurde von der Festplatte geöffnet und braucht einen Webserver. Rufe im Ordner der Website zum Beispiel python3 -m http.server auf und öffne http://localhost:8000/.",
    es: "La página no pudo iniciarse: se abrió desde el disco y necesita un servidor web. Ejecuta en la carpeta del sitio, por ejemplo, python3 -m http.server y abre http://localhost:8000/.",
    fr: "La page n’a pas pu démarrer\u00a0: elle a été ouverte depuis le disque et a besoin d’un serveur web. Lancez par exemple python3 -m http.server dans le dossier du site et ouvrez http://localhost:8000/.",
    zh: "页面无法启动：它是从磁盘打开的，而它需要网页服务器。例如，在网站文件夹中运行 python3 -m http.server，然后打开 http://localhost:8000/。",
    en: "The page could not start: it was opened from the disk, and it needs a web server. In the folder of the site run, for example, python3 -m http.server, and open http://localhost:8000/.",
  }[language()],
  language(),
);
