// The fault table: every way in which the E2EKey procedure, and what its keys protect, can fail, who is to blame for it,
// and what the other side is told. Knows no bytes and no state; the alert numbers' names are in wire/alerts.ts.

/** Who has to act: the other end-point, the caller of this library, the path between, or we ourselves. */
export type Blame = 'peer' | 'caller' | 'path' | 'own';

interface Fault {
  readonly blame: Blame;
  /** AlertDescription (RFC 5246 §7.2) that is sent to the peer; null where no alert travels. */
  readonly alert: number | null;
  /** oneM2M Response Status Code (TS-0004 6.6.3) that answers the request; null where none is due. */
  readonly rsc: number | null;
}

const peer = (alert: number | null, rsc: number | null): Fault => ({ blame: 'peer', alert, rsc });

const faults = {
  MESSAGE_MALFORMED: peer(50, 4102),
  MESSAGE_TOO_LARGE: peer(null, 4102),
  RECORD_OVERFLOW: peer(22, 4102),
  MESSAGE_UNEXPECTED: peer(10, 4102),
  PARAMETER_ILLEGAL: peer(47, 4102),
  EXTENSION_UNSOLICITED: peer(110, 4102),
  RENEGOTIATION_INFO_INVALID: peer(40, 4102),
  RECORD_UNAUTHENTIC: peer(20, 4106),
  SIGNATURE_INVALID: peer(51, 4106),
  FINISHED_INVALID: peer(51, 4106),
  NOTHING_IN_COMMON: peer(40, 5207),
  NO_APPLICATION_PROTOCOL: peer(120, 5207),
  EXTENDED_MASTER_SECRET_MISSING: peer(40, 5207),
  EXPORT_INDICATOR_MISSING: peer(120, 5207),
  VERSION_UNSUPPORTED: peer(70, 5001),
  PEER_CERTIFICATE_MISSING: peer(40, 4106),
  CERTIFICATE_MALFORMED: peer(42, 4106),
  CERTIFICATE_EXPIRED: peer(45, 4106),
  CERTIFICATE_REVOKED: peer(44, 4106),
  CERTIFICATE_UNTRUSTED: peer(48, 4106),
  CERTIFICATE_UNSUPPORTED: peer(43, 4106),
  CERTIFICATE_STATUS_UNKNOWN: peer(46, 4106),
  STATUS_RESPONSE_BAD: peer(113, 4106),
  IDENTITY_MISMATCH: peer(42, 4106),
  PEER_NOT_ALLOWED: peer(49, 4103),
  PSK_UNKNOWN: peer(115, 4106),
  PENDING_UNKNOWN: peer(10, 4000),
  TOO_MANY_PENDING: peer(null, 4105),
  REQUEST_INVALID: peer(null, 4000),
  REQUEST_EXPIRED: { blame: 'path', alert: null, rsc: 4008 },
  ALERT_RECEIVED: peer(null, null),
  ESPRIM_MALFORMED: peer(null, 4000),
  ESPRIM_UNSUPPORTED_OPTION: peer(null, 4111),
  ESPRIM_UNKNOWN_KEY_ID: peer(null, 4112),
  ESPRIM_UNKNOWN_ORIG_RAND_ID: peer(null, 4113),
  ESPRIM_UNKNOWN_RECV_RAND_ID: peer(null, 4114),
  ESPRIM_BAD_MAC: peer(null, 4115),
  ESPRIM_IMPERSONATION_ERROR: peer(null, 4116),
  ESPRIM_REPLAYED: peer(null, 4105),
  ESPRIM_MISDIRECTED: peer(null, 5210),
  ESPRIM_DECRYPTION_ERROR: peer(null, 5210),
  ESPRIM_ENCRYPTION_ERROR: { blame: 'own', alert: null, rsc: 5211 },
  TOO_MANY_SESSIONS: peer(null, 4105),
  KEY_UNKNOWN: { blame: 'caller', alert: null, rsc: null },
  KEY_UNCONFIRMED: { blame: 'caller', alert: null, rsc: null },
  KEY_EXPIRED: peer(null, 4112),
  KEY_REVOKED: peer(null, 4112),
  KEY_EXHAUSTED: peer(null, 4112),
  KEY_PURPOSE_WRONG: { blame: 'caller', alert: null, rsc: null },
  ESDATA_MALFORMED: peer(null, null),
  ESDATA_UNSUPPORTED: peer(null, null),
  ESDATA_ALGORITHM_UNFIT: peer(null, null),
  ESDATA_UNAUTHENTIC: peer(null, null),
  CARRIER_FAILED: { blame: 'path', alert: null, rsc: 5103 },
  SIGNER_FAILED: { blame: 'own', alert: 80, rsc: 5000 },
  STORE_FAILED: { blame: 'own', alert: 80, rsc: 5000 },
  INTERNAL: { blame: 'own', alert: 80, rsc: 5000 },
  OPTION_INVALID: { blame: 'caller', alert: null, rsc: null },
} as const satisfies Record<string, Fault>;

/** A stable, exported name for one way to fail; `docs/errors.md` has an entry for each. */
export type FaultCode = keyof typeof faults;

export const faultTable: Readonly<Record<FaultCode, Fault>> = faults;

/** What travelled because of a failure: what we tell the peer, and what it told us. */
export interface Notice {
  /** The alert record to deliver to the peer (one TLS record, RFC 5246 §6.2), if one is due. */
  readonly record: Uint8Array | null;
  /** The AlertDescription number that the peer sent, when the code is ALERT_RECEIVED. */
  readonly alertReceived: number | null;
  /** The Response Status Code under which the failure reached us, if a primitive carried it. */
  readonly rscReceived: number | null;
}

/** One certificate of a path. */
export interface PathStep {
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Why a certificate is refused, in parts: the one object behind error message, verdict and report. */
export interface Finding {
  readonly code: FaultCode;
  /** Place of the certificate at fault in the path, 0 for the end-point's own; null where none is. */
  readonly position: number | null;
  /** Of the certificate at fault; null where it could not be read. */
  readonly subject: string | null;
  /** As ASN.1 names it, `tbsCertificate.extensions.2.extnID`. */
  readonly field: string;
  readonly problem: string;
  /** What would have been accepted. */
  readonly accepted: string;
  readonly clause: string;
  /** The path that was tried, the end-point's certificate first: the one that came closest. */
  readonly path: readonly PathStep[];
}

/**
 * The only error this library throws on purpose. `message` is a sentence that names the field at fault and
 * holds no secret; `code` is the row of the fault table, from which alert, blame and RSC follow.
 *
 * @example
 * ```ts
 * import { E2EKeyError } from 'e2ekey';
 * try {
 *   throw new E2EKeyError('IDENTITY_MISMATCH', 'the certificate names //example.com/other');
 * } catch (error) {
 *   if (error instanceof E2EKeyError && error.blame === 'peer') console.error(error.code, error.rsc);
 * }
 * ```
 */
export class E2EKeyError extends Error {
  override readonly name = 'E2EKeyError';
  readonly code: FaultCode;
  notice: Notice = { record: null, alertReceived: null, rscReceived: null };
  /** Where a certificate is at fault: what `message` says, in parts. */
  readonly finding: Finding | null;

  readonly #alert: number | null;

  /** `alert` is another than the table has for the code: only PSK_UNKNOWN has two, by policy (RFC 4279 §2). */
  constructor(
    code: FaultCode,
    message: string,
    options: ErrorOptions & { alert?: number; finding?: Finding } = {},
  ) {
    super(message, options);
    this.code = code;
    this.finding = options.finding ?? null;
    this.#alert = options.alert ?? faultTable[code].alert;
  }

  get blame(): Blame {
    return faultTable[this.code].blame;
  }

  get alert(): number | null {
    return this.#alert;
  }

  get rsc(): number | null {
    return faultTable[this.code].rsc;
  }
}

/** Throws a row of the fault table, as an expression; `message` names the field at fault. */
export function refuse(code: FaultCode, message: string, options?: ErrorOptions): never {
  throw new E2EKeyError(code, message, options);
}
