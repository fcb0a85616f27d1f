/** The style sheets, for the builder. */
import "./base.css";
import "./figure.css";
import "./attention.css";
import "./text.css";
