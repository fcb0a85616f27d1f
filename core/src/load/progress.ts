/** What callers are told of long work on files. */

/** How far a conversion or download is, in bytes of all that it makes. */
export type Progress = (state: {
  readonly done: number;
  readonly total: number;
  /** Which file is downloaded just now. */
  readonly file?: string;
  /** Default: a conversion. */
  readonly step?: "download" | "convert";
}) => void;
