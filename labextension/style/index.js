/** The style sheets, for the builder. */
import "./base.css";
import "./figure.css";
import "./attention.css";
import "./text.css";
import "./chart.css";
import "./log.css";
import "./panels.css";
import "./program.css";
import "./modules.css";
import "./flow.css";
