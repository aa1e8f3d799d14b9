// What shows a lesson's tasks: fetched where the address names one.

import "./line.js";
import "./tasks.js";
