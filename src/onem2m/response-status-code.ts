// Response Status Codes of oneM2M (TS-0004 6.6.3) and the HTTP status that goes with each (TS-0009 Table
// 6.3.2-1). Which code answers which fault of the E2EKey procedure is in errors.ts.

interface Status {
  readonly rsc: number;
  readonly http: number;
}

const status = (rsc: number, http: number): Status => ({ rsc, http });

const statuses = {
  ACCEPTED: status(1000, 202),
  ACCEPTED_NONBLOCKING_REQUEST_SYNCH: status(1001, 202),
  ACCEPTED_NONBLOCKING_REQUEST_ASYNCH: status(1002, 202),
  OK: status(2000, 200),
  CREATED: status(2001, 201),
  DELETED: status(2002, 200),
  UPDATED: status(2004, 200),
  BAD_REQUEST: status(4000, 400),
  RELEASE_VERSION_NOT_SUPPORTED: status(4001, 501),
  NOT_FOUND: status(4004, 404),
  OPERATION_NOT_ALLOWED: status(4005, 405),
  REQUEST_TIMEOUT: status(4008, 504),
  UNSUPPORTED_MEDIA_TYPE: status(4015, 415),
  CONTENTS_UNACCEPTABLE: status(4102, 400),
  ORIGINATOR_HAS_NO_PRIVILEGE: status(4103, 403),
  GROUP_REQUEST_IDENTIFIER_EXISTS: status(4104, 409),
  CONFLICT: status(4105, 409),
  ORIGINATOR_NOT_AUTHENTICATED: status(4106, 403),
  SECURITY_ASSOCIATION_REQUIRED: status(4107, 403),
  INVALID_CHILD_RESOURCE_TYPE: status(4108, 403),
  ESPRIM_UNSUPPORTED_OPTION: status(4111, 403),
  ESPRIM_UNKNOWN_KEY_ID: status(4112, 403),
  ESPRIM_UNKNOWN_ORIG_RAND_ID: status(4113, 403),
  ESPRIM_UNKNOWN_RECV_RAND_ID: status(4114, 403),
  ESPRIM_BAD_MAC: status(4115, 403),
  ESPRIM_IMPERSONATION_ERROR: status(4116, 403),
  ORIGINATOR_HAS_ALREADY_REGISTERED: status(4117, 403),
  INTERNAL_SERVER_ERROR: status(5000, 500),
  NOT_IMPLEMENTED: status(5001, 501),
  TARGET_NOT_REACHABLE: status(5103, 404),
  RECEIVER_HAS_NO_PRIVILEGE: status(5105, 403),
  ALREADY_EXISTS: status(5106, 409),
  REMOTE_ENTITY_NOT_REACHABLE: status(5107, 404),
  TARGET_NOT_SUBSCRIBABLE: status(5203, 403),
  SUBSCRIPTION_VERIFICATION_INITIATION_FAILED: status(5204, 500),
  NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED: status(5206, 501),
  NOT_ACCEPTABLE: status(5207, 406),
  ESPRIM_DECRYPTION_ERROR: status(5210, 500),
  ESPRIM_ENCRYPTION_ERROR: status(5211, 500),
} as const satisfies Record<string, Status>;

export type ResponseStatusName = keyof typeof statuses;

export const responseStatuses: Readonly<Record<ResponseStatusName, Status>> = statuses;

/** Codes that nobody here gives, which are only passed on, and whose HTTP status is not that of their class. */
const passedOn: Readonly<Record<number, readonly number[]>> = {
  400: [6010, 6022, 6023, 6024],
  403: [4101, 4109, 4126, 4127, 5205, 5208, 5214, 5215, 5218, 5222],
  404: [4118, 4119, 4121, 6003, 6005],
  409: [4124, 5219, 5220, 6028, 6029],
  501: [4125],
  504: [6030, 6031],
};

const httpStatuses = new Map<number, number>([
  ...Object.values(statuses).map(({ rsc, http }) => [rsc, http] as const),
  ...Object.entries(passedOn).flatMap(([http, codes]) => codes.map(rsc => [rsc, Number(http)] as const)),
]);

/**
 * The HTTP status for a Response Status Code. A code that the table does not have gets the general status of
 * its class (TS-0004 6.6.2), so that one from a later release can still be passed on.
 */
export function httpStatus(rsc: number): number {
  return httpStatuses.get(rsc) ?? { 1: 202, 2: 200, 4: 400 }[Math.floor(rsc / 1000)] ?? 500;
}
