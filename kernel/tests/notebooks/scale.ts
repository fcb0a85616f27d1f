export const scale = (value: number): number => value * 1;
