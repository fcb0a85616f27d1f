/** The folder that the pages are laid out in. */
export const target: string;
export function layOut(): void;
