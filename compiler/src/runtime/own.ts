/** Which files are the user's own TypeScript, as against packages. */
export const isOwn = (url: string): boolean =>
  url.startsWith("file:") && /\.m?ts(\?|$)/.test(url) && !url.includes("/node_modules/");
