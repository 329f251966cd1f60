// Protected contents in a container, and what has to come of them: each read as it was made, none seen by the CSE, none
// that it changes opened.
import type { Meeting } from './meeting.ts';
import type { Level } from './originator.ts';
import { Recording } from './recording.ts';
import type { DataResult } from './run.ts';
import type { DataWay } from './ways.ts';

export async function contentsOver(
  meeting: Meeting,
  way: DataWay,
  level: Exclude<Level, 'none'>,
): Promise<DataResult> {
  const { exchanges: count } = meeting.plan;
  const name = `${way}, key per ${level}`;
  meeting.recordAnew();
  const time = await keepAndRead(meeting, way, level);
  const changed = await change(meeting, name);
  meeting.search(name);
  const { size } = meeting.recording;
  // Not protected, and so all of them are in the recording: were the search blind, it would be seen here.
  meeting.recording = new Recording();
  const plainTime = await keepAndRead(meeting, way, 'none');
  const seen = new Set(meeting.recording.search().map(({ secret }) => secret));
  if (seen.size !== count) meeting.find(`${name}: the search found ${seen.size} of ${count} plain contents`);
  return { way, level, count, ratio: plainTime / time, changed, ...size };
}

/** Each is read once, as it was made; gives the milliseconds. */
async function keepAndRead(meeting: Meeting, way: DataWay, level: Level): Promise<number> {
  const { exchanges: count } = meeting.plan;
  const { reached, time } = await meeting.keepAndRead(way, { count, level });
  if (new Set(reached).size !== count || reached.length !== count)
    meeting.find(`${way}, key: ${level}: ${reached.length} contents were read of ${count}`);
  return time;
}

/** One byte of every recorded content, and those of one content that are to be; gives how many were changed. */
async function change(meeting: Meeting, name: string): Promise<number> {
  const { changes, exchanges } = meeting.plan;
  const { contents } = meeting.recording;
  if (contents.length !== exchanges)
    meeting.find(`${name}: ${contents.length} contents were recorded of ${exchanges}`);
  const [first] = contents;
  if (first === undefined) return 0;
  const variants = (text: string) =>
    changes === 'every'
      ? Array.from(text, (_, at) => meeting.withOneByteChanged(text, at))
      : Array.from({ length: changes }, () => meeting.withOneByteChanged(text));
  const changed = [
    ...contents.map(({ cnf, con }) => ({ cnf, con: meeting.withOneByteChanged(con) })),
    ...variants(first.con).map(con => ({ ...first, con })),
    ...variants(first.cnf).map(cnf => ({ ...first, cnf })),
  ];
  const [unchanged] = await meeting.receiving.tell('openContents', [first]);
  if (unchanged !== null) meeting.find(`${name}: an unchanged content did not open: ${unchanged}`);
  const codes = await meeting.receiving.tell('openContents', changed);
  for (const [at, code] of codes.entries())
    if (code === null) meeting.find(`${name}: opened with a changed byte: ${JSON.stringify(changed[at])}`);
  return codes.length;
}
