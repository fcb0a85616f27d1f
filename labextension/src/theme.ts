/** Which theme JupyterLab is in. */
export type Theme = "light" | "dark";

export const currentTheme = (): Theme => (document.body.dataset.jpThemeLight === "false" ? "dark" : "light");

/** Calls back whenever the theme changes; the result stops it. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  return () => observer.disconnect();
}
