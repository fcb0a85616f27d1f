// Lays out the pages of the site: docs/, the README and the notebooks, with the links between them.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inRoot } from "../../base/paths.mjs";
import { pageOfNotebook } from "./notebook.mjs";

export const target = inRoot("docs/site/pages");

const notebooks = readdirSync(inRoot("notebooks")).filter((name) => name.endsWith(".ipynb"));
const documents = readdirSync(inRoot("docs"), { recursive: true })
  .map((name) => name.replaceAll(path.sep, "/"))
  .filter((name) => name.endsWith(".md") && !name.startsWith("site/"));

/** A server takes `index` for the folder itself, in whatever case: so no page has that name but the first. */
const placeOf = (name) =>
  name
    .replace(/README\.md$/, "contents.md")
    .replace(/^errors\/([A-Z]+)\.md$/, (_, code) => `errors/${code.toLowerCase()}-error.md`);

/** Where a file of the repository stands in the site. */
const places = new Map([
  ["README.md", "index.md"],
  ...documents.map((name) => [`docs/${name}`, placeOf(name)]),
  ...notebooks.map((name) => [`notebooks/${name}`, `notebooks/${name.replace(/ipynb$/, "md")}`]),
  ["notebooks", "contents.md"],
]);

const isPicture = (file) => /\.(png|svg|jpe?g)$/.test(file);

/** A link of the repository as one of the site. What is not part of it keeps its text and loses the link. */
function moved(text, file) {
  const from = path.posix.dirname(places.get(file));
  const addressOf = (link) => {
    if (/^(https?:|mailto:|data:|#)/.test(link)) return link;
    const [place, anchor] = link.split("#");
    const source = path.posix.join(path.posix.dirname(file), place).replace(/\/$/, "");
    const page = isPicture(source) ? keptPicture(source) : places.get(source);
    if (!page) return undefined;
    const address = path.posix.relative(from, page);
    return (address.startsWith(".") ? address : `./${address}`) + (anchor ? `#${anchor}` : "");
  };
  return text
    .replaceAll(/(!?)\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (_, picture, words, link) => {
      const address = addressOf(link);
      if (address === undefined) return words;
      return `${picture}[${words}](${address})`;
    })
    .replaceAll(/(src|srcset)="([^"]+)"/g, (_, name, link) => `${name}="${addressOf(link) ?? link}"`);
}

function keptPicture(source) {
  const place = `pictures/${source.replaceAll("/", "-")}`;
  mkdirSync(path.join(target, "pictures"), { recursive: true });
  cpSync(inRoot(source), path.join(target, place));
  return place;
}

/** Outside of code, `{{` and `<name>` would be read by the site's own language. */
const plain = (text) =>
  text
    .split(/(^(`{3,})[\s\S]*?^\2$)/m)
    .filter((part) => !/^`{3,}$/.test(part))
    .map((part) => (part.startsWith("```") ? part : part.replaceAll(/\{\{/g, "&#123;&#123;")))
    .join("");

function write(place, text) {
  const file = path.join(target, place);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const titleOf = (place) => readFileSync(path.join(target, place), "utf8").match(/^# (.*)$/m)?.[1] ?? place;
const item = (place) => ({
  text: titleOf(place).replaceAll("`", ""),
  link: `/${place.replace(/\.md$/, "")}`,
});

/** Notebooks name each other by their numbers. */
const numbered = ({ text, link }) => ({ text: `${path.basename(link).slice(0, 2)} ${text}`, link });

export function layOut() {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of ["README.md", ...documents.map((name) => `docs/${name}`)])
    write(places.get(file), plain(moved(readFileSync(inRoot(file), "utf8"), file)));
  for (const name of notebooks) {
    const file = `notebooks/${name}`;
    const put = (picture, bytes) => {
      write(`notebooks/${picture}`, bytes);
      return `./${picture}`;
    };
    const notebook = JSON.parse(readFileSync(inRoot(file), "utf8"));
    for (const cell of notebook.cells)
      if (cell.cell_type === "markdown") cell.source = plain(moved([cell.source].flat().join(""), file));
    write(places.get(file), pageOfNotebook(notebook, name.replace(".ipynb", ""), put));
  }
  const inFolder = (folder) =>
    documents.filter((name) => path.posix.dirname(name) === folder).map((name) => places.get(`docs/${name}`));
  const byNumber = (a, b) => Number.parseInt(path.basename(a), 10) - Number.parseInt(path.basename(b), 10);
  const first = ["contents.md", "guide.md", "how-to.md"];
  const sidebar = [
    { text: "Begin", items: [{ text: "nnsight-ts", link: "/" }, ...first.map(item)] },
    { text: "Notebooks", items: notebooks.map((name) => numbered(item(places.get(`notebooks/${name}`)))) },
    {
      text: "Reference",
      items: [
        item("ops.md"),
        item("errors/contents.md"),
        { text: "API", link: "/api/" },
        { text: "API of the kit", link: "/api/kit/" },
      ],
    },
    {
      text: "More",
      items: inFolder(".")
        .filter((place) => ![...first, "ops.md"].includes(place))
        .map(item),
    },
    { text: "Contributing", items: inFolder("contributing").map(item) },
    {
      text: "Errors",
      collapsed: true,
      items: inFolder("errors")
        .filter((place) => place !== "errors/contents.md")
        .map(item),
    },
    { text: "Decisions", collapsed: true, items: inFolder("decisions").toSorted(byNumber).map(item) },
  ];
  write("sidebar.json", JSON.stringify(sidebar, null, 2));
}
