// What takes an E2EKey Message to the other end-point. The endpoint owns this interface; carriers implement
// it and know nothing of TLS.

/** One E2EKey Message on its way from the initiating to the terminating end-point. */
export interface Delivery {
  /** The initiating end-point, absolute form. */
  readonly from: string;
  /** The terminating end-point, absolute form. */
  readonly to: string;
  /** Message 1 or 3, or an alert record in the place of message 3; at most 64 KiB. */
  readonly message: Uint8Array;
  readonly ordinal: 1 | 3;
  /**
   * Names this procedure: the same unpredictable text for message 1 and message 3. A carrier puts it into
   * the request identifier; the terminating end-point orders its candidates by it and never trusts it.
   */
  readonly procedure: string;
  /** Aborted when the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/** What came back. `message` is null where the answer had no E2EKey Message in it. */
export interface Answer {
  /** Message 2 or 4, or an alert record. */
  readonly message: Uint8Array | null;
  /** Response Status Code of the response primitive; null where the carrier has none. */
  readonly rsc: number | null;
  /** The `m2m:dbg` text of an error response, shortened to 512 characters. */
  readonly debug: string | null;
}

export interface Carrier {
  /**
   * Delivers one message and resolves with what the other end-point answered, error responses included.
   *
   * @throws E2EKeyError CARRIER_FAILED when there was no answer (unreachable, not a oneM2M response),
   * REQUEST_EXPIRED when it did not come in time.
   */
  deliver(delivery: Delivery): Promise<Answer>;
}

/** Where a request came from, as its carrier knows it. */
export interface Origin {
  /**
   * The neighbour that handed the request to us: the identity of its security association, or its network
   * address. Limits count per hop before they count per originator.
   */
  readonly hop: string;
  /** From, where the carrier passes it end to end; any form of TS-0001 7.2. Claimed, never believed. */
  readonly claimed?: string;
  /** `Delivery.procedure`, if the request carried one. */
  readonly procedure?: string;
}
