// e2ekey unprotect
import { refuse } from '../errors.ts';
import { ownCertificateOptions } from './certificate-credentials.ts';
import type { Command } from './command.ts';
import { checkDashes, readProtectedObject } from './object-files.ts';
import type { Values } from './options.ts';
import { openSharedKeys, protectionKeyOptions } from './protection-keys.ts';
import { unprotectData } from './unprotect-data.ts';
import { unprotectPrimitive } from './unprotect-primitive.ts';

const options = {
  file: {
    type: 'operand',
    placeholder: 'FILE',
    about:
      'The object, alone, in a primitive (m2m:seci with sit 5) or in a content instance; - is standard input.',
  },
  ...protectionKeyOptions,
  signer: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'ESData: the certificate, or raw public key, of somebody who has to have signed. It is believed to be his; verify judges certificates.',
  },
  ...ownCertificateOptions,
  container: {
    type: 'text',
    placeholder: 'NAME',
    about: 'The container in which a content instance was found; one that was made for another is refused.',
  },
  'receiver-rand': {
    type: 'text',
    placeholder: 'FILE',
    about: "ESPrim: the receiver's receiverESPrimRandObject, or the m2m:seci (sit 4) in which it was sent.",
  },
  request: {
    type: 'text',
    placeholder: 'FILE',
    about: 'ESPrim: the ESPrim Object of our request, where FILE is the response to it.',
  },
  time: {
    type: 'time',
    placeholder: 'ISO',
    about: 'Judge keys, certificates and random objects as of this time; default now.',
  },
  out: {
    type: 'text',
    placeholder: 'FILE',
    about:
      'Where to write what was protected, readable by its owner only; default standard output. An existing file is not overwritten.',
  },
} as const;

export type UnprotectValues = Values<typeof options>;

export const command: Command<typeof options> = {
  description:
    'Opens an ESPrim Object or an ESData Envelope with a key of a store, a master key, or our own certificate, and writes what was protected, byte for byte; with --json, says who protected it, with which key and by which algorithms, and has the content in base64, a primitive as it is. Nothing is written unless all of it is authentic. What opens with an unconfirmed key makes that active. Remembers nothing: a replay is not noticed here.',
  options,
  role: null,
  async run(values, output) {
    checkDashes(values);
    const object = await readProtectedObject(values.file);
    const isPrimitive = object.kind === 'esprim-object';
    for (const name of isPrimitive ? esdataOnly : esprimOnly) {
      const value = values[name];
      if (value !== undefined && value.length > 0)
        refuse('OPTION_INVALID', `--${name} is not for ${isPrimitive ? 'an ESPrim Object' : 'ESData'}`);
    }
    const time = values.time ?? new Date();
    const keys = openSharedKeys(values, () => time);
    try {
      if (object.kind === 'esprim-object') await unprotectPrimitive(object.text, values, keys, output, time);
      else await unprotectData(object, values, keys, output, time);
    } finally {
      await keys?.close();
    }
    return 0;
  },
};

const esprimOnly = ['receiver-rand', 'request', 'key-profile'] as const;
const esdataOnly = ['signer', 'credential', 'credential-key', 'password-file', 'container'] as const;
