/** `remoteLogger`: the switch of Python's logger for the states of remote jobs. */

/**
 * In Python `propagate = false` keeps the root logger from printing each line once more. Here a line has one way to the
 * screen, so that none is doubled either way; the switch is accepted. `CONFIG.APP.REMOTE_LOGGING` turns the lines off.
 */
export const remoteLogger: { propagate: boolean } = Object.seal({ propagate: true });
