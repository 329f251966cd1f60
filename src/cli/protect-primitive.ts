// `protect --object esprim`: a primitive, the key and the receiver's random object to one ESPrim Object.
import { randomUUID } from 'node:crypto';
import { refuse } from '../errors.ts';
import { namesEntity } from '../identifiers/entity.ts';
import type { JsonObject } from '../onem2m/serialisation/json.ts';
import { maxObjectLength } from '../protection/esprim/security-info.ts';
import { protectRequest, protectResponse, type SingleOptions } from '../protection/esprim/single.ts';
import { readEsPrimObject, readPlaintext, readPrimitive, readReceiverRandFile } from './object-files.ts';
import { keyDocument, reportProtected } from './object-result.ts';
import type { Output } from './output.ts';
import type { ProtectValues } from './protect.ts';
import type { SharedKeys } from './protection-keys.ts';

export async function protectPrimitive(
  values: ProtectValues,
  keys: SharedKeys | null,
  output: Output,
): Promise<void> {
  const options = await singleOptions(values, keys);
  const primitive = readPrimitive(values.file, await readPlaintext(values.file));
  const { object, ...made } = await ('rsc' in primitive
    ? response(primitive, values, options)
    : request(primitive, values, options));
  if (object.length > maxObjectLength)
    refuse(
      'OPTION_INVALID',
      `${values.file}: the ESPrim Object has ${object.length} characters; at most ${maxObjectLength} can be sent`,
    );
  reportProtected({ object: 'esprim', ...made }, object, values.out, output);
}

interface Prepared extends SingleOptions {
  readonly shared: SharedKeys;
}

/** @throws E2EKeyError OPTION_INVALID naming the option that is missing. */
export async function singleOptions(
  values: { readonly 'receiver-rand'?: string | undefined },
  keys: SharedKeys | null,
  now = Date.now(),
): Promise<Prepared> {
  const { 'receiver-rand': file } = values;
  if (keys === null)
    return refuse('OPTION_INVALID', 'there is no key: give --config, --store or --master-file');
  if (keys.id === null)
    return refuse('OPTION_INVALID', '--origin is missing: an ESPrim key is bound to both end-points');
  if (keys.esprim === null)
    return refuse('OPTION_INVALID', '--entity is missing: an ESPrim key is bound to both end-points');
  if (file === undefined)
    return refuse('OPTION_INVALID', '--receiver-rand is missing: the session key is derived from it');
  const receiverRand = await readReceiverRandFile(file, now);
  return { id: keys.id, keys: keys.esprim, receiverRand, now, shared: keys };
}

async function request(
  primitive: JsonObject,
  values: ProtectValues,
  { id, receiverRand, now, shared }: Prepared,
) {
  if (values.request !== undefined)
    refuse('OPTION_INVALID', '--request is for a response, and FILE is a request');
  const [chosen, second] = await shared.chosen();
  if (chosen === undefined || second !== undefined)
    return refuse('OPTION_INVALID', 'an ESPrim Object has one key: give --key or --entity once');
  const key =
    chosen.esprim ??
    refuse('OPTION_INVALID', '--entity is missing: an ESPrim key is bound to the other end-point');
  const { fr = id } = primitive;
  if (typeof fr !== 'string' || !namesEntity(fr, id, id))
    refuse(
      'OPTION_INVALID',
      `fr of the primitive is not ${id}, our own identity: the receiver would refuse it`,
    );
  const protection = values['authenticate-only'] ? 'authentication' : 'encryption';
  const encryption = values.enc ?? 'A256GCM';
  if (protection === 'authentication' && values.enc !== undefined)
    refuse('OPTION_INVALID', '--enc is not for --authenticate-only, which encrypts nothing');
  const whole = { rvi: '3', rqi: randomUUID(), ...primitive, fr };
  const object = await protectRequest(whole, { key, protection, encryption, receiverRand, now });
  return {
    direction: 'request',
    protection,
    enc: protection === 'encryption' ? encryption : null,
    key: keyDocument(chosen),
    object,
  };
}

async function response(primitive: JsonObject, values: ProtectValues, options: Prepared) {
  const { request: file } = values;
  if (file === undefined)
    return refuse(
      'OPTION_INVALID',
      '--request is missing: FILE is a response, which is of the session of its request',
    );
  for (const name of ['enc', 'authenticate-only'] as const)
    if (values[name] !== undefined && values[name] !== false)
      refuse('OPTION_INVALID', `--${name} is not for a response, which is protected as its request is`);
  const asked = await readEsPrimObject('--request', file);
  const { object, header, key } = await protectResponse(primitive, asked, options);
  const { protection, encryption } = header;
  return {
    direction: 'response',
    protection,
    enc: encryption,
    key: { kid: key.id, entity: key.entity },
    object,
  };
}
