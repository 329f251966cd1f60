// The flight reader broken on purpose, as other stacks were broken: a text in its source, or in that of who asks it for a
// message, and what stands there instead. The search has to report each of them.
import type { SourceChange } from '../changed-source.ts';

export interface Breakage extends SourceChange {
  readonly name: string;
  /** Whom it happened to, or what it opens. */
  readonly attack: string;
  /** A sequence that the quick searches report then. */
  readonly found: string;
}

/** The flight reader. */
const reader = 'src/handshake/flight.ts';

const wrongMessage = `    if (received !== type)
      refuse('MESSAGE_UNEXPECTED', \`\${messageName(received ?? 0)} where \${messageName(type)} is due\`);
`;
const skip = `const [, high = 0, middle = 0, low = 0] = this.#fill(handshakeHeaderSize, messageName(type));
      const size = handshakeHeaderSize + high * 65536 + middle * 256 + low;
      const passed = this.#fill(size, messageName(type)).subarray(0, size);
      this.#buffered = this.#buffered.subarray(size);`;
const wrongRecord = `      if (type !== contentType.handshake)
        refuse('MESSAGE_UNEXPECTED', \`a record of type \${type} where \${due} is due\`);
`;
const notPreceded = `    if (record.type !== contentType.changeCipherSpec)
      refuse('MESSAGE_UNEXPECTED', \`\${messageName(message.type)} is not preceded by ChangeCipherSpec\`);
`;
const nextAlert = `      if (type === contentType.alert) {
`;

export const breakages: readonly Breakage[] = [
  {
    name: 'an unexpected message is passed over',
    attack: 'SMACK: a state machine that waits for the right message and does not mind the others',
    file: reader,
    found: 'H|TKSF',
    find: wrongMessage,
    replace: `    if (received !== type) {
      ${skip}
      return this.expect({ type, body });
    }
`,
  },
  {
    name: 'an unexpected message is passed over, and hashed',
    attack: 'SMACK: messages of another key exchange are taken along (FREAK, CVE-2015-0204)',
    file: reader,
    found: 'H|hKSF',
    find: wrongMessage,
    replace: `    if (received !== type) {
      ${skip}
      this.#transcript.add(passed);
      return this.expect({ type, body });
    }
`,
  },
  {
    name: 'a repeated message is passed over, and hashed',
    attack: 'SMACK: a loop in the state machine, where a message leads back to the state that takes it',
    file: reader,
    found: 'H|KKSF',
    find: '    const value = decode(body, message.subarray(handshakeHeaderSize));\n    this.#transcript.add(message);\n',
    replace: `    const value = decode(body, message.subarray(handshakeHeaderSize));
    this.#transcript.add(message);
    if (this.#buffered[0] === type || (this.#buffered.length === 0 && this.#protection === undefined && this.#records[this.#next]?.type === contentType.handshake && this.#records[this.#next]?.fragment[0] === type))
      return this.expect({ type, body });
`,
  },
  {
    name: 'the last message of a flight may be missing',
    attack: 'SMACK: a message is skipped, and the flight is complete when nothing more comes',
    file: reader,
    found: 'hk',
    find: '    const [received] = this.#fill(1, messageName(type));\n',
    replace: `    if (type === 14 && this.#buffered.length === 0 && this.#next === this.#records.length) return {} as T;
    const [received] = this.#fill(1, messageName(type));
`,
  },
  {
    name: 'ChangeCipherSpec may be missing',
    attack: 'SKIP-TLS (CVE-2014-6593, JSSE): without ChangeCipherSpec everything stays in the clear',
    file: reader,
    found: 'H|KF',
    find: notPreceded,
    replace: `    if (record.type !== contentType.changeCipherSpec) {
      this.#next--;
      return this.expect(message);
    }
`,
  },
  {
    name: 'ChangeCipherSpec is taken at any time',
    attack: 'early ChangeCipherSpec (CVE-2014-0224, OpenSSL)',
    file: reader,
    found: 'H|SKSF',
    find: nextAlert,
    replace: `      if (type === contentType.changeCipherSpec && due !== 'ChangeCipherSpec') continue;
${nextAlert}`,
  },
  {
    name: 'ChangeCipherSpec is taken twice',
    attack:
      'a second ChangeCipherSpec, which anybody on the way can put in, is part of a flight that was taken',
    file: reader,
    found: 'H|KSSF',
    find: '    this.#protection = protection;\n',
    replace: `    this.#protection = protection;
    while (this.#records[this.#next]?.type === contentType.changeCipherSpec) this.#next++;
`,
  },
  {
    name: 'ChangeCipherSpec changes nothing',
    attack:
      'Finished is taken in the clear behind ChangeCipherSpec, and nothing shows that the peer has the keys',
    file: reader,
    found: 'H|KSf',
    find: '    if (this.#protection) return unprotect(this.#protection, this.#sequence++, record);\n',
    replace: `    if (this.#protection && record.fragment[0] !== 20)
      return unprotect(this.#protection, this.#sequence++, record);
`,
  },
  {
    name: 'handshake bytes are left over before ChangeCipherSpec',
    attack: 'a message from before the key change is read behind it, as if it had been protected',
    file: reader,
    found: 'H|KFS',
    find: `    if (this.#buffered.length > 0)
      refuse('MESSAGE_UNEXPECTED', 'handshake bytes are left over before ChangeCipherSpec');
`,
    replace: '',
  },
  {
    name: 'what follows a flight is passed over',
    attack: 'data behind Finished or ServerHelloDone that nobody has authenticated is taken for read',
    file: reader,
    found: 'H|KSFa',
    find: '    if (this.#buffered.length > 0 || left > 0)\n',
    replace: '    if (left < 0)\n',
  },
  {
    name: 'warning alerts have no bound',
    attack: 'a flood of warning alerts (CVE-2016-8610): work without end, and no progress',
    file: reader,
    found: 'wwwwwH',
    find: '      if (++this.#warnings > maxWarnings)\n',
    replace: '      if (++this.#warnings > Number.MAX_SAFE_INTEGER)\n',
  },
  {
    name: 'fatal alerts are passed over',
    attack: 'the peer has given the handshake up, and it is finished all the same',
    file: reader,
    found: 'H|xKSF',
    find: '    if (level === alertLevel.warning && description !== closeNotify) {\n',
    replace: '    if (level >= alertLevel.warning) {\n',
  },
  {
    name: 'application data is passed over in the handshake',
    attack: 'data that nobody has authenticated stands in a handshake that ends with a key',
    file: reader,
    found: 'H|aKSF',
    find: wrongRecord,
    replace: `      if (type === contentType.applicationData) continue;
${wrongRecord}`,
  },
  {
    name: 'CertificateStatus is taken wherever it was announced',
    attack: 'SMACK: a message that may come is taken at a place where it may not',
    file: 'src/handshake/initiating.ts',
    found: 'hCkOQD',
    find: '  if (flight.follows(message.serverHelloDone))\n',
    replace: `  if (stapled && flight.follows(message.certificateStatus)) flight.expect(message.certificateStatus);
  if (flight.follows(message.serverHelloDone))
`,
  },
];
