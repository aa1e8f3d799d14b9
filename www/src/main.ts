import "./page.css";
import "./elements/index.js";
import "./frame.js";
