// Release Version Indicator (TS-0004 6.4.1): the releases that have m2m:securityInfo and were looked at.

export const releaseVersions = ['2a', '3', '4', '5'] as const;

export type ReleaseVersion = (typeof releaseVersions)[number];
