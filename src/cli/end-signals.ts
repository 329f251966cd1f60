// The signals that ask a long-running command to end in good order; a second one ends the process at once.

/** Calls `end` on the first SIGINT or SIGTERM. The result stops listening for them. */
export function onEndSignal(end: () => void): () => void {
  const forget = () => {
    for (const signal of signals) process.off(signal, once);
  };
  const once = () => {
    forget();
    end();
  };
  for (const signal of signals) process.on(signal, once);
  return forget;
}

const signals = ['SIGINT', 'SIGTERM'] as const;
