// The signals that ask a long-running command to end in good order; a later one ends the process at once. npm and npx
// hand a Ctrl-C on to a process that had it from the terminal already: within a second, both are one.

/**
 * Calls `end` on the first SIGINT or SIGTERM. The result is called when everything has ended, and stops listening.
 *
 * @param clock in milliseconds.
 */
export function onEndSignal(end: () => void, clock: () => number = () => performance.now()): () => void {
  let since: number | null = null;
  let isOver = false;
  const forget = () => {
    for (const signal of signals) process.off(signal, heard);
  };
  const heard = (signal: NodeJS.Signals) => {
    if (since === null) {
      since = clock();
      end();
    } else if (!isOver && clock() - since >= echo) {
      forget();
      process.kill(process.pid, signal);
    }
  };
  for (const signal of signals) process.on(signal, heard);
  return () => {
    isOver = true;
    // The echo may come when all has ended but this process.
    const left = since === null ? 0 : echo - (clock() - since);
    if (left > 0) setTimeout(forget, left).unref();
    else forget();
  };
}

const signals = ['SIGINT', 'SIGTERM'] as const;
/** In milliseconds; nobody presses twice so soon, and npm needs a few. */
const echo = 1000;
