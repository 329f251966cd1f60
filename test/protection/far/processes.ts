// A program in a process of its own that does what it is told, and the one who tells it. Knows no command.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Each takes one argument and gives one value, both of which can be cloned. */
export type Commands = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

interface Order {
  readonly ordinal: number;
  readonly command: string;
  readonly argument: unknown;
}

type Report = { readonly ordinal: number } & ({ readonly value: unknown } | { readonly failure: string });

/** In the program: carries out what it is told, until whoever tells it has gone. */
export function obey(commands: Commands): void {
  process.on('message', ({ ordinal, command, argument }: Order) => {
    const done = async () => commands[command]?.(argument as never);
    done().then(
      value => process.send?.({ ordinal, value } satisfies Report),
      error => process.send?.({ ordinal, failure: String(error?.stack ?? error) } satisfies Report),
    );
  });
  process.once('disconnect', () => process.exit());
}

export class Program<C extends Commands> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #ordinal = 0;

  /** @param file in this folder */
  constructor(file: string, ...words: string[]) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), words, {
      execArgv: ['--no-warnings'],
      serialization: 'advanced',
    });
    this.#process.on('message', (report: Report) => {
      const waiting = this.#waiting.get(report.ordinal);
      this.#waiting.delete(report.ordinal);
      if ('failure' in report) waiting?.reject(new Error(`${file}: ${report.failure}`));
      else waiting?.resolve(report.value);
    });
    this.#process.once('exit', code => {
      for (const waiting of this.#waiting.values())
        waiting.reject(new Error(`${file} has ended with ${code}`));
    });
  }

  tell<Name extends keyof C & string>(
    command: Name,
    ...[argument]: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    const report = Promise.withResolvers<unknown>();
    const ordinal = ++this.#ordinal;
    this.#waiting.set(ordinal, report);
    this.#process.send({ ordinal, command, argument } satisfies Order);
    return report.promise as Promise<Awaited<ReturnType<C[Name]>>>;
  }

  end(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
