// In what the transit CSE can be made to depart from the standard: what was seen in CSEs that are deployed, each with a
// name and a sentence. What a deviation does is where the right behaviour is.

export const deviations = {
  verificationTargetWithoutSlash:
    'The verification of a subscription to a URL is sent with a request-target without its leading slash.',
  verificationWithoutRepresentation:
    'The verification of a subscription has no `nev` with the subscription in it.',
  notifySwallowed: 'A NOTIFY that is to be passed on is answered with 2000 and goes nowhere.',
  notifyOnlyNotifications:
    'A NOTIFY that is to be passed on is refused with 4000 unless it holds m2m:sgn or m2m:rsp; before notifySwallowed.',
  responseContentDropped:
    'A NOTIFY that was passed on is answered with 2000 and no content, also if it was refused or arrived nowhere.',
  numbersWithFraction: 'Whole numbers are written as 6.0 in every body.',
  sameNotificationIdentifier: 'All notifications have the request identifier `notify`.',
  notificationWithoutReleaseVersion: 'Notifications have no release version indicator.',
  targetAppendedToPointOfAccess:
    'What goes to a point of access has `/` and its To behind the path of the URL.',
  originatorSpRelative: 'The originator of what is passed on becomes SP-relative, whatever form it had.',
  largeContentRefused: 'A content of more than 64 KiB is refused with 4000.',
  policyRequired:
    'A resource without accessControlPolicyIDs is closed to everybody, 4103; only an `<AE>` stays open to its own AE.',
  noPollingChannel: 'There is no `<pollingChannel>`: 5001.',
  noDash: '`-` does not stand for the `<CSEBase>`: 4004. Its resource name does.',
  aeIdAssigned: 'An AE gets another AE-ID-Stem than it asked for.',
} as const satisfies Readonly<Record<string, string>>;

export type Deviation = keyof typeof deviations;

/** Which of them are switched on. */
export type Deviations = ReadonlySet<Deviation>;
