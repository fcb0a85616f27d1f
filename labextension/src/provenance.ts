/** Finds the line of a notebook that made a value. */
const FLASH = 900;

/** Scrolls to `In[7]:3` in the notebook around an element and flashes the line once; nothing if it is gone. */
export function jumpToLine(line: string, from: HTMLElement): void {
  const [, prompt, number] = /^In\s*\[(\d+)\](?::(\d+))?/.exec(line) ?? [];
  const notebook = from.closest(".jp-Notebook") ?? document;
  const cell = [...notebook.querySelectorAll(".jp-CodeCell")].find(
    (candidate) => candidate.querySelector(".jp-InputPrompt")?.textContent?.trim() === `[${prompt}]:`,
  );
  const lines = cell?.querySelectorAll<HTMLElement>(".jp-InputArea .cm-line");
  const target = lines?.[Number(number ?? 1) - 1] ?? cell;
  if (!target) return;
  target.scrollIntoView({ block: "nearest" });
  const colour = getComputedStyle(from).getPropertyValue("--v-line");
  target.animate([{ background: colour }, { background: colour, offset: 0.6 }, {}], FLASH);
}
