import "./elements/index.js";
import "./frame.js";
