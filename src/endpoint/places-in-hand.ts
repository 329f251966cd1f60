// Messages that are being answered: message 1 costs a signature, message 3 the checks of every candidate, and of either
// a flood may wait for a slow signer or key store. The store counts what is pending, which begins only when message 2
// is there.
import { type PendingLimits, tooManyPending } from './store.ts';

export class PlacesInHand {
  readonly #counts = new Map<string, number>();

  /**
   * Takes a place under each of the limits on pending handshakes, and gives the function that leaves it.
   *
   * @throws E2EKeyError TOO_MANY_PENDING when a limit is reached; no place is taken then.
   */
  enter(hop: string, originator: string, limits: PendingLimits): () => void {
    const places = [
      { limit: 'perOriginator', name: JSON.stringify([hop, originator]) },
      { limit: 'perHop', name: JSON.stringify([hop]) },
      { limit: 'perEndpoint', name: '' },
    ] as const;
    for (const { limit, name } of places)
      if (this.#count(name) >= limits[limit]) tooManyPending(limits, limit);
    for (const { name } of places) this.#counts.set(name, this.#count(name) + 1);
    return () => {
      for (const { name } of places) {
        const left = this.#count(name) - 1;
        if (left === 0) this.#counts.delete(name);
        else this.#counts.set(name, left);
      }
    };
  }

  #count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
}
