// What is below the first screen, and fetched when a network reads.

import "./about.js";
import "./backend.js";
import "./experiments.js";
import "./help.js";
import "./lesson.js";
import "./measures.js";
import "./own.js";
import "./picture.js";
import "./readings-csv.js";
import "./transfer.js";
