import "./page.css";
import "./elements/index.js";
