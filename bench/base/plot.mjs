/** The growth of a row's times with the number in their names, as an SVG: what one takes, over how many there are, both logarithmic. */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT] = [820, 280, 72, 96, 36, 40];
const INKS = ["#12519a", "#db8140", "#166a68"];

export function growthPlot({ work, times, plot: { unit, from } }) {
  const found = Object.entries(times).flatMap(([name, { median }]) => {
    const [, count, what] = from.exec(name) ?? [];
    return count ? [{ what, count: Number(count), each: (1000 * median) / Number(count) }] : [];
  });
  const series = Object.entries(Object.groupBy(found, ({ what }) => what));
  const x = scale(
    found.map(({ count }) => count),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    found.map(({ each }) => each),
    HEIGHT - FOOT,
    TOP,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${work}: ${unit}, over how many there are">`,
    `<style>svg{--page:#fff;--ink:#616161;--line:#e0e0e0}@media(prefers-color-scheme:dark){svg{--page:#111;--ink:#a8a8a8;--line:#333}}text{font:11px system-ui,sans-serif;fill:var(--ink)}path{fill:none}</style>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="var(--page)"/><text x="0" y="14">${unit}</text>`,
    ...y.ticks.map(
      (tick) =>
        `<path d="M${LEFT} ${y(tick)}H${WIDTH - RIGHT}" stroke="var(--line)"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
    ...x.ticks.map(
      (tick) => `<text x="${x(tick)}" y="${HEIGHT - FOOT + 20}" text-anchor="middle">${tick}</text>`,
    ),
    ...series.flatMap(([what, points], i) => {
      const sorted = points.toSorted((a, b) => a.count - b.count);
      const places = sorted.map(({ count, each }) => `${x(count)} ${y(each)}`);
      const last = sorted.at(-1);
      return [
        `<path d="M${places.join("L")}" stroke="${INKS[i % INKS.length]}" stroke-width="1.5"/>`,
        ...sorted.map(
          ({ count, each }) =>
            `<circle cx="${x(count)}" cy="${y(each)}" r="3" fill="${INKS[i % INKS.length]}"><title>${count} ${what}: ${each.toPrecision(3)} ${unit}</title></circle>`,
        ),
        `<text x="${x(last.count) + 8}" y="${y(last.each) + 4}">${what}</text>`,
      ];
    }),
    "</svg>\n",
  ].join("\n");
}

/** Powers of ten around the values. */
function scale(values, begin, end) {
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const span = Math.max(1, high - low);
  const place = (value) => Math.round((begin + ((Math.log10(value) - low) / span) * (end - begin)) * 10) / 10;
  return Object.assign(place, {
    ticks: Array.from({ length: span + 1 }, (_, i) => Number((10 ** (low + i)).toPrecision(1))),
  });
}
