// Where a command writes: results to standard output, everything else to standard error. With --json, standard
// output holds JSON and nothing else. Knows no command.
import { visibleLines } from '../inspect/emphasis.ts';

/** The two streams of a process, or what stands for them in a test. */
export interface Streams {
  readonly stdout: {
    write(content: string | Uint8Array): unknown;
    /** Waits until all is written; resolves with the first error, or with null. */
    failure?(): Promise<unknown>;
  };
  readonly stderr: { write(text: string): unknown };
}

export interface Output {
  readonly json: boolean;
  /** A result: `document` as one line of JSON with --json, otherwise `text`. */
  result(document: object, text: string): void;
  /** A result that is bytes and not text, exactly as they are; not with --json. */
  bytes(bytes: Uint8Array): void;
  /** Something for people to read; never part of the result. */
  note(text: string): void;
}

export function createOutput(streams: Streams, json: boolean): Output {
  return {
    json,
    result: (document, text) => {
      streams.stdout.write(`${json ? JSON.stringify(document) : visibleLines(text)}\n`);
    },
    bytes: bytes => {
      streams.stdout.write(bytes);
    },
    note: text => {
      streams.stderr.write(`${visibleLines(text)}\n`);
    },
  };
}
