// The ways on which protected primitives and contents get from one AE to the other. Knows no protection.

/** Of ESPrim Objects. */
export const ways = {
  notify: 'NOTIFY through a transit CSE',
  e2ekeycse: '`e2EKeyCSE` by NOTIFY, through a transit CSE',
  'containers-polling': 'containers, polling',
  'containers-notification': 'containers, notifications',
  'containers-polling-channel': 'containers, polling channel',
} as const;

export type Way = keyof typeof ways;

/** Of protected `<contentInstance>`s. */
export const dataWays = {
  retrieve: '`<oldest>`, retrieved and deleted',
  notification: 'notifications of a subscription',
  'polling-channel': 'notifications through a polling channel',
} as const;

export type DataWay = keyof typeof dataWays;

export const wayNames = Object.keys(ways) as readonly Way[];
export const dataWayNames = Object.keys(dataWays) as readonly DataWay[];

/** Milliseconds between two looks into a container: the machine's speed is to be seen, and not the waiting. */
export const pollInterval = 5;

/** Name of the container with the contents. */
export const readings = 'readings';
