// A primitive or its content (TS-0004 8.4.2) in any serialisation: its parameters, and what its m2m:seci or its content
// instance holds. Without judging whether it is right.
import { E2EKeyError, refuse } from '../errors.ts';
import { maxBodyLength, securityInfo, securityInfoType } from '../onem2m/security-info.ts';
import { isObject, type JsonObject } from '../onem2m/serialisation/json.ts';
import { type Serialisation, serialisations } from '../onem2m/serialisation/serialisation.ts';
import { unwrapObject, unwrapRand, unwrapRandRequest } from '../protection/esprim/security-info.ts';
import { type Finding, notRecognised, refused } from './findings.ts';
import { objectInJson, type ProtectedObject } from './protected-object.ts';

/** What a primitive says beside its content, by short name (TS-0004 8.2.2). */
export type Parameters = Readonly<Record<string, string | number>>;

/** What the m2m:seci of a primitive, or its content, holds. */
export type RecognisedContent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'random-object-request' }
  | { readonly kind: 'random-object'; readonly value: unknown }
  | ProtectedObject;

export type RecognisedPrimitive = { readonly findings: readonly Finding[] } & (
  | {
      readonly kind: 'primitive';
      readonly serialisation: Serialisation;
      readonly parameters: Parameters;
      /** Null where it cannot be taken out. */
      readonly content: RecognisedContent | null;
    }
  | { readonly kind: 'not-recognised' }
);

export function recognisePrimitive(bytes: Uint8Array, serialisation: Serialisation): RecognisedPrimitive {
  let parameters: Parameters = {};
  try {
    // The bound that end-points have for a body: what is longer never reached one.
    if (bytes.length > maxBodyLength)
      refuse('MESSAGE_TOO_LARGE', `${bytes.length} bytes; at most ${maxBodyLength} are taken`);
    const outer = primitiveIn(serialisations[serialisation].read(bytes));
    const content = Object.hasOwn(outer, 'pc') ? outer.pc : outer;
    parameters = parametersOf(outer);
    const instance = objectInJson(content, '');
    if (instance?.kind === 'content-instance')
      return { kind: 'primitive', serialisation, parameters, content: instance, findings: [] };
    const type = typeOf(content);
    const unwrap = type === null ? unwrapMessage : unwrappers.get(type);
    if (unwrap === undefined) {
      const reason = `m2m:seci with securityInfoType ${type}, which is neither an E2EKey Message nor of ESPrim`;
      return { kind: 'not-recognised', findings: [notRecognised(reason)] };
    }
    return { kind: 'primitive', serialisation, parameters, content: unwrap(content), findings: [] };
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    const findings = [refused(thrown, 'content', 'TS-0004 6.3.5.48')];
    return { kind: 'primitive', serialisation, parameters, content: null, findings };
  }
}

/** A whole primitive has a root of its own in XML (TS-0004 8.3.2), which a JSON writer may repeat. */
function primitiveIn(value: unknown): JsonObject {
  if (!isObject(value)) return {};
  const root = value['m2m:rqp'] ?? value['m2m:rsp'];
  return isObject(root) ? root : value;
}

const unwrapMessage = (content: unknown): RecognisedContent => ({
  kind: 'message',
  bytes: securityInfo.unwrap(content),
});

/** By securityInfoType (TS-0004 6.3.4.2.35). */
const unwrappers: ReadonlyMap<number, (content: unknown) => RecognisedContent> = new Map([
  [
    3,
    content => {
      unwrapRandRequest(content);
      return { kind: 'random-object-request' };
    },
  ],
  [4, content => ({ kind: 'random-object', value: unwrapRand(content) })],
  [5, content => ({ kind: 'esprim-object', text: unwrapObject(content) })],
  [6, unwrapMessage],
]);

/** Null where `securityInfo.unwrap` has more to say about what is wrong. */
function typeOf(content: unknown): number | null {
  try {
    return securityInfoType(content);
  } catch {
    return null;
  }
}

const parameterNames = ['op', 'to', 'fr', 'rqi', 'rvi', 'rsc'];
/** Identifiers of entities have at most 512 characters; anything else is shorter. */
const maxParameterLength = 512;

export function parametersOf(primitive: JsonObject): Parameters {
  const parameters: Record<string, string | number> = {};
  for (const name of parameterNames) {
    const value = primitive[name];
    if (typeof value === 'number') parameters[name] = value;
    if (typeof value === 'string') parameters[name] = value.slice(0, maxParameterLength);
  }
  return parameters;
}
