/** The style sheet, for the builder. */
import "./base.css";
