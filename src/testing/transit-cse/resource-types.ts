// The resource types that the transit CSE has (TS-0004 7.4): their numbers and members, their children, and for each
// attribute what may stand in it and when it may be given. Knows no tree.
import { isObject, type JsonObject } from '../../onem2m/serialisation/json.ts';

export type TypeName = 'cb' | 'acp' | 'ae' | 'cnt' | 'cin' | 'pch' | 'sub';

/** Under short names. */
export type Attributes = JsonObject;

interface Attribute {
  readonly isValid: (value: unknown) => boolean;
  /** M in a CREATE; otherwise O. */
  readonly required?: true;
  /** NP in an UPDATE; otherwise O. */
  readonly createOnly?: true;
}

export interface ResourceType {
  /** TS-0004 6.3.4.2.1. */
  readonly number: number;
  readonly children: readonly TypeName[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Longest list in an attribute: points of access, labels, notification targets, rules. */
const maxListLength = 32;
/** Longest text in an attribute, except `con`. */
const maxTextLength = 1024;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxTextLength;
const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.length <= maxListLength;
const isCount = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const text: Attribute = { isValid: isText };
const texts: Attribute = { isValid: value => isList(value) && value.every(isText) };
const count: Attribute = { isValid: isCount };
const flag: Attribute = { isValid: value => typeof value === 'boolean' };

/** Of every type but `<CSEBase>`. Whether `et` is a time, and in the future, is seen where there is a clock. */
const common = { rn: { isValid: isResourceName, createOnly: true }, lbl: texts, et: text } as const;
/** TS-0001 9.6.1.3.2: the types that have an access control of their own. */
const withPolicies = { ...common, acpi: texts } as const;
/** Only NULL asks for it (TS-0004 7.3.3.3). */
const creator: Attribute = { isValid: value => value === null, createOnly: true };

export const resourceTypes: Readonly<Record<TypeName, ResourceType>> = {
  cb: { number: 5, children: ['ae', 'cnt', 'acp', 'sub'], attributes: {} },
  acp: {
    number: 1,
    children: ['sub'],
    attributes: {
      ...common,
      pv: { isValid: value => isRules(value, 0), required: true },
      // TS-0004 7.4.2.2.1: at least one rule, or nobody could change it any more.
      pvs: { isValid: value => isRules(value, 1), required: true },
    },
  },
  ae: {
    number: 2,
    children: ['cnt', 'acp', 'sub', 'pch'],
    attributes: {
      ...withPolicies,
      // TS-0004 7.4.5.2.1.
      api: { isValid: value => isText(value) && /^[rRN]/.test(value), required: true, createOnly: true },
      rr: { ...flag, required: true },
      srv: { ...texts, required: true },
      apn: text,
      poa: texts,
      csz: texts,
      esi: { isValid: isObject },
    },
  },
  cnt: {
    number: 3,
    children: ['cnt', 'cin', 'sub'],
    attributes: { ...withPolicies, cr: creator, mni: count, mbs: count, mia: count },
  },
  cin: {
    number: 4,
    children: [],
    attributes: {
      ...common,
      cr: creator,
      cnf: text,
      con: { isValid: value => value !== null, required: true },
    },
  },
  pch: { number: 15, children: [], attributes: common },
  sub: {
    number: 23,
    children: [],
    attributes: {
      ...withPolicies,
      cr: creator,
      nu: { ...texts, required: true },
      enc: { isValid: isCriteria },
      // TS-0001 Table 9.6.8-4: all attributes; this CSE has no other.
      nct: { isValid: value => value === 1 },
    },
  },
};

export const typeNames = Object.keys(resourceTypes) as readonly TypeName[];

/** Names of virtual resources, which no other resource can have. */
const virtualNames = ['la', 'ol', 'pcu'];

function isResourceName(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^[A-Za-z0-9._~-]{1,128}$/.test(value) &&
    !['.', '..', '-', ...virtualNames].includes(value)
  );
}

/** m2m:setOfAcrs (TS-0004 6.3.5.26) without contexts and object details: what is not checked must not be accepted. */
function isRules(value: unknown, atLeast: number): boolean {
  if (!isObject(value) || Object.keys(value).some(name => name !== 'acr')) return false;
  const { acr = [] } = value;
  if (!Array.isArray(acr) || acr.length < atLeast || acr.length > maxListLength) return false;
  return acr.every(
    rule =>
      isObject(rule) &&
      Object.keys(rule).every(name => name === 'acor' || name === 'acop') &&
      texts.isValid(rule.acor) &&
      typeof rule.acop === 'number' &&
      Number.isInteger(rule.acop) &&
      rule.acop >= 0 &&
      rule.acop < 64,
  );
}

/** m2m:eventNotificationCriteria, of which this CSE has the events 1 to 4 (TS-0004 6.3.4.2.19). */
function isCriteria(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.keys(value).every(name => name === 'net') &&
    (value.net === undefined ||
      (isList(value.net) && value.net.every(net => net === 1 || net === 2 || net === 3 || net === 4)))
  );
}
