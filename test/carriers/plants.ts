// Mistakes of the kind that the run is there for, each planted in a source file: a text in it and what stands there
// instead. A small run has to find each.
import type { SourceChange } from '../changed-source.ts';
import type { Way } from './ways.ts';

export interface Plant extends SourceChange {
  readonly name: string;
  readonly way: Way;
  /** What is said of a finding. */
  readonly found: RegExp;
}

const memoryStore = 'src/endpoint/memory-store.ts';
const deadline = 'src/endpoint/deadline.ts';

export const plants: readonly Plant[] = [
  {
    name: 'the answer to a message is not remembered',
    way: 'notify',
    file: memoryStore,
    find: "  if (answer !== null) return { claim: 'answered', answer };\n",
    replace: '',
    found: /^a message 3 found no pending handshake$/,
  },
  {
    name: 'the key of the terminating end-point is active at once',
    way: 'notify',
    file: 'src/keys/pairwise-e2e-key.ts',
    find: "state: session.role === 'initiating' ? 'active' : 'unconfirmed'",
    replace: "state: 'active'",
    found: /^the key of the terminating end-point is active, and nobody has used it$/,
  },
  {
    name: 'a new key leaves the one before it active',
    way: 'notify',
    file: memoryStore,
    find: "keys.put({ ...other, state: 'superseded' });",
    replace: 'keys.put(other);',
    found: /^\d+ keys with \S+ are active at once$/,
  },
  {
    name: 'a key that nobody used is not forgotten',
    way: 'notify',
    file: memoryStore,
    find: "row.state === 'unconfirmed' && row.confirmBy <= now;",
    replace: 'false;',
    found: /^the key is expired after its deadline, and was never used$/,
  },
  {
    name: 'a pending handshake is not forgotten',
    way: 'notify',
    file: memoryStore,
    find: '    pending.forgetExpired(now);\n',
    replace: '',
    found: /^\d+ pending handshakes of \S+ are left$/,
  },
  {
    name: 'the carrier waits without the signal of the delivery',
    way: 'notify',
    file: 'src/onem2m/notify-carrier.ts',
    find: '        delivery.signal,\n',
    replace: '        new AbortController().signal,\n',
    found: /^\d+ requests wait for ever$/,
  },
  {
    name: 'the procedure waits for its carrier without end',
    way: 'e2ekeycse-notify',
    file: 'src/endpoint/establishing.ts',
    find: 'inTime(signal, carrier.deliver({ ...delivery, signal }), late)',
    replace: 'carrier.deliver({ ...delivery, signal: new AbortController().signal })',
    found: /^it goes on behind the end of its time$/,
  },
  {
    name: 'a deadline leaves its timer',
    way: 'e2ekeycse-create',
    file: deadline,
    find: '      clearTimeout(timer);\n',
    replace: '',
    found: /^\d+ timers would keep the process alive$/,
  },
  {
    name: 'a deadline leaves its listener',
    way: 'e2ekeycse-create',
    file: deadline,
    find: "      outer?.removeEventListener('abort', abort);\n",
    replace: '',
    found: /^\d+ listeners are left on signals$/,
  },
  {
    name: 'every answer is taken for that of every procedure',
    way: 'containers-polling',
    file: 'src/onem2m/containers/carrier.ts',
    find: "this.#expected.get(primitive.requestIdentifier ?? '')?.resolve(primitive);",
    replace: 'for (const { resolve } of this.#expected.values()) resolve(primitive);',
    found: /^it failed with what is not the path's fault: /,
  },
  {
    name: 'what was made at the CSE is not removed',
    way: 'containers-notification',
    file: 'src/onem2m/containers/inbox.ts',
    find: '    await this.#resources.remove();\n',
    replace: '',
    found: /^\d+ resources are left: /,
  },
  {
    name: 'the polling channel is asked on behind the end',
    way: 'containers-polling-channel',
    file: 'src/onem2m/containers/incoming.ts',
    find: '    this.#stopped.abort();\n',
    replace: '',
    found: /^a carrier cannot be closed: it goes on and on$/,
  },
];
