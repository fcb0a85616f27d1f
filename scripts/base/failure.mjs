// A failure that is told in one plain sentence, and the sentences for the failures that are known.

/** Thrown when set-up or a suite cannot go on; `advice` says what to do, `output` is what the command printed. */
export class Failure extends Error {
  constructor(message, { advice, output } = {}) {
    super(message);
    this.name = "Failure";
    this.advice = advice;
    this.output = output;
  }
}

const known = [
  [/ENOSPC|No space left on device/i, "The disk is full.", "Free about 4 GB and run the same command again."],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|Temporary failure in name resolution|Failed to fetch/,
    "A package registry could not be reached.",
    "Set-up needs the network for npm and PyPI (and Debian, for a browser) the first time; check it, or the proxy settings.",
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|CERTIFICATE_VERIFY_FAILED/,
    "A package registry's certificate is not trusted.",
    "Name your certificate file: NODE_EXTRA_CA_CERTS for npm, PIP_CERT for pip.",
  ],
  [
    /EACCES|EROFS|Permission denied/i,
    "A file or folder may not be written.",
    "Check who owns the checkout and your HOME.",
  ],
  [
    /THESE PACKAGES DO NOT MATCH THE HASHES|EINTEGRITY/,
    "A downloaded package is not the pinned one.",
    "Its hash differs from the lockfile's; try again without a mirror, or clear the npm or pip cache.",
  ],
  [
    /can only install packages when your package.json and package-lock.json/,
    "package.json and package-lock.json disagree.",
    "Run `npm install --ignore-scripts` and commit the lockfile.",
  ],
  [
    /No matching distribution found|ETARGET|E404/,
    "A pinned package could not be found.",
    "The output above names it. Either the registry is out of reach, or it has no such package for this system and Python.",
  ],
];

/** The sentence and the advice for what a failing command printed, if it is one of the known ways to fail. */
export function explain(output) {
  const found = known.find(([pattern]) => pattern.test(output));
  return found && { message: found[1], advice: found[2] };
}
