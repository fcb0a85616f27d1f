// The notebooks as a table of the README, with Binder's links where it is known which repository is opened.

/** `owner/name` of a repository on GitHub as package.json names it; nothing where none is named. */
export function repositoryOf({ repository }) {
  const named = typeof repository === "string" ? repository : (repository?.url ?? "");
  return /^(?:github:|(?:git\+)?https:\/\/github\.com\/)?([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(named)?.[1];
}

const launchOf = (repository, file) =>
  `https://mybinder.org/v2/gh/${repository}/HEAD?urlpath=lab/tree/${file}`;

/** @param notebooks each with its file, and the title that it begins with */
export function table(notebooks, repository) {
  const cells = notebooks.map(({ file, title }) => {
    const number = file.match(/\d+/)[0];
    const launch = repository ? ` [▶](${launchOf(repository, file)})` : "";
    return `${number} [${title}](${file})${launch}`;
  });
  const rows = Array.from({ length: Math.ceil(cells.length / 3) }, (_, i) =>
    [0, 1, 2].map((k) => cells[3 * i + k] ?? ""),
  );
  const lines = [["", "", ""], ["---", "---", "---"], ...rows].map((row) => `| ${row.join(" | ")} |`);
  return [...lines, "", binder(notebooks[0].file, repository)].join("\n");
}

const binder = (first, repository) =>
  repository
    ? `[![Launch on Binder](https://mybinder.org/badge_logo.svg)](${launchOf(repository, first)}) opens the first of them in a browser, ▶ each of the others; nothing is installed. [\`binder\`](binder) makes the image.`
    : '[`binder`](binder) makes an image for [mybinder.org](https://mybinder.org), in which they run in a browser without being installed. Write the repository of your copy on GitHub into `package.json`, as `"repository": "github:owner/name"`, and run `node scripts/docs/launch.mjs`: the badge and a link for each notebook then stand here.';
