// Protected objects and random objects for people: one fact a line. Knows the reports and nothing behind them.
import type { ProtectedReport, RandomReport } from './inspect.ts';
import type { HeaderReport, ObjectReport } from './object-report.ts';
import { indent, row } from './text-rows.ts';

export function protectedTitle(report: ProtectedReport | RandomReport): string {
  switch (report.kind) {
    case 'random-object':
      return `${report.randomObject?.whose ?? ''}ESPrimRandObject`;
    case 'esprim-object':
      return `ESPrim Object, ${objectTitle(report.object)}`;
    case 'esdata-envelope':
      return `ESData Envelope, ${objectTitle(report.object)}`;
    case 'content-instance':
      return `<contentInstance>, contentInfo ${JSON.stringify(report.contentInfo)}`;
  }
}

export function protectedLines(report: ProtectedReport | RandomReport): string[] {
  return report.kind === 'random-object' ? randomLines(report) : containedLines(report);
}

function objectTitle({ sort, serialisation, size }: ObjectReport): string {
  return `${sort ?? 'neither JWE nor JWS'}, ${serialisation}, ${size} characters`;
}

function randomLines({ randomObject }: RandomReport): string[] {
  if (randomObject === null) return ['not readable'];
  const { id, shared, expires, keyGenerations, algorithms } = randomObject;
  const use =
    shared === null ? '' : shared ? ' (shared by all originators)' : ' (for one session or originator)';
  return [
    row('esri', `${id}${use}`),
    row('esrx', `serves until ${expires}`),
    row('esk', keyGenerations.map(number => (number === 1 ? '1 HMAC-SHA-256' : String(number))).join(', ')),
    row('espa', algorithms.join(', ')),
  ];
}

function containedLines(report: ProtectedReport): string[] {
  if (report.kind !== 'content-instance') return objectLines(report.object);
  const { object } = report;
  return object === null
    ? ['content is no text']
    : [`content, ${objectTitle(object)}`, ...indent(objectLines(object))];
}

function objectLines({ headers, parts, payload }: ObjectReport): string[] {
  return [
    ...headers.flatMap(headerLines),
    ...parts.map(({ name, size }) => row(name, size === null ? 'not base64url' : `${size} bytes`)),
    ...(payload === null ? [] : [row('readable', JSON.stringify(payload))]),
  ];
}

function headerLines({ place, parameters }: HeaderReport): string[] {
  if (parameters === null) return [`${place}: not readable`];
  return [
    place,
    ...indent(
      parameters.map(({ name, value, meaning, clause }) =>
        row(name, value === null ? `${meaning} (${clause})` : `${value}: ${meaning} (${clause})`),
      ),
    ),
  ];
}
