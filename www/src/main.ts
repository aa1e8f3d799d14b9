import "./elements/index.js";
