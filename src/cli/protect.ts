// e2ekey protect
import { refuse } from '../errors.ts';
import { ownCertificateOptions } from './certificate-credentials.ts';
import type { Command } from './command.ts';
import { checkDashes } from './object-files.ts';
import type { Values } from './options.ts';
import { protectData } from './protect-data.ts';
import { protectPrimitive } from './protect-primitive.ts';
import { openSharedKeys, protectionKeyOptions } from './protection-keys.ts';

export const protectOptions = {
  file: {
    type: 'operand',
    placeholder: 'FILE',
    about:
      'What to protect; - is standard input, which may not be empty. For ESPrim a primitive in JSON, under its short names.',
  },
  object: {
    type: 'text',
    placeholder: 'OBJECT',
    oneOf: ['esdata', 'esprim'],
    about: 'An ESData Envelope of any bytes (default), or an ESPrim Object of a primitive.',
  },
  ...protectionKeyOptions,
  class: {
    type: 'text',
    placeholder: 'CLASS',
    oneOf: ['encryption', 'signature', 'nested'],
    about:
      'ESData: encrypted (default); signed, or with a MIC, and readable by everybody; signed with --credential and then encrypted (TS-0003 8.5.2.1).',
  },
  recipient: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'ESData: the raw public key of somebody to encrypt for, or his certificate, if its keyUsage has keyAgreement (EC) or keyEncipherment (RSA). It is believed to be his; verify judges certificates.',
  },
  ...ownCertificateOptions,
  alg: {
    type: 'list',
    placeholder: 'LIST',
    about:
      'ESData: algorithms by their JOSE names, one for each kind of key. Default: what fits the key; a shared key that is the only one encrypts directly (dir), else it wraps keys (A256KW).',
  },
  enc: {
    type: 'text',
    placeholder: 'ENC',
    oneOf: ['A256GCM', 'A192GCM', 'A128GCM'],
    about: 'How the content is encrypted; default A256GCM. A shared key that encrypts directly has no other.',
  },
  serialisation: {
    type: 'text',
    placeholder: 'FORM',
    oneOf: ['compact', 'json'],
    about: 'ESData: default compact, and json with several recipients or signatures.',
  },
  'content-instance': {
    type: 'flag',
    about:
      'ESData: write the <contentInstance> to be created, {"m2m:cin":{"cnf":…,"con":…}}; with --container.',
  },
  container: {
    type: 'text',
    placeholder: 'NAME',
    about: 'ESData: the container that the content instance is for, as its readers call it.',
  },
  'media-type': {
    type: 'text',
    placeholder: 'TYPE',
    about:
      'ESData: media type of what is protected, as text/plain; default none, in a content instance application/octet-stream.',
  },
  'receiver-rand': {
    type: 'text',
    placeholder: 'FILE',
    about:
      "ESPrim: the receiver's receiverESPrimRandObject, as JSON, or the m2m:seci (sit 4) in which it came: the answer of an EsPrimHandler to a NOTIFY with sit 3, or esro of its e2eSecInfo.",
  },
  request: {
    type: 'text',
    placeholder: 'FILE',
    about: 'ESPrim: the ESPrim Object of the request, where FILE is the response to it.',
  },
  'authenticate-only': {
    type: 'flag',
    about: 'ESPrim: authenticate the primitive and leave it readable, for receivers that take that.',
  },
  out: {
    type: 'text',
    placeholder: 'FILE',
    about: 'Where to write the object; default standard output. An existing file is not overwritten.',
  },
} as const;

export type ProtectValues = Values<typeof protectOptions>;

export const command: Command<typeof protectOptions> = {
  description:
    'Protects data (ESData, TS-0003 8.5) or a primitive (ESPrim, TS-0003 8.4), so that no CSE between can read or change it. The key is one of a store, by its ID or by the other end-point; or derived from a master key; for data also the certificates of others, and our own. Remembers nothing: how often a key was used is the business of whoever uses it more than by hand.',
  options: protectOptions,
  role: null,
  async run(values, output) {
    const { object = 'esdata' } = values;
    refuseOthers(values, object === 'esdata' ? esprimOnly : esdataOnly, object);
    checkDashes(values);
    const keys = openSharedKeys(values, () => new Date());
    try {
      await (object === 'esdata' ? protectData : protectPrimitive)(values, keys, output);
    } finally {
      await keys?.close();
    }
    return 0;
  },
};

const esprimOnly = ['receiver-rand', 'request', 'authenticate-only', 'key-profile'] as const;
const esdataOnly = [
  'class',
  'recipient',
  'credential',
  'credential-key',
  'password-file',
  'alg',
  'serialisation',
  'content-instance',
  'container',
  'media-type',
] as const;

/** What is written and has no effect would be believed to be in force. */
function refuseOthers(
  values: ProtectValues,
  names: readonly (keyof ProtectValues)[],
  object: 'esdata' | 'esprim',
): void {
  for (const name of names) {
    const value = values[name];
    if (value !== undefined && value !== false && (!Array.isArray(value) || value.length > 0))
      refuse('OPTION_INVALID', `--${name} is not for --object ${object}`);
  }
}
