// Short names and types of what XML does not say of itself (TS-0004 8.2, and the tables named below): what this product
// reads and writes, and what stands around it in a CSE. JSON and CBOR need none of it. The members of an element stand
// in the order of their table, which is that of the schema (TS-0004 8.3.1).

interface SimpleType {
  /** `numbers` and `texts` are lists in one element (xs:list), with spaces between. */
  readonly is: 'number' | 'text' | 'boolean' | 'base64' | 'numbers' | 'texts';
}

export interface ComplexType {
  readonly is: 'complex';
  readonly members: ReadonlyMap<string, ElementType>;
  /** The member that its text is: of a type with XML attributes that is otherwise simple (TS-0004 8.4.2). */
  readonly text?: string;
  /** Its global elements are child resources, each an array of its kind in JSON (TS-0004 8.4.3, example 3). */
  readonly hasChildResources?: boolean;
}

export type ElementType = (SimpleType | ComplexType) & {
  /** Occurs more than once (maxOccurs): an array in JSON, however often it does occur. */
  readonly many?: boolean;
  /** An XML attribute (@ in the tables). */
  readonly attribute?: boolean;
};

const number: ElementType = { is: 'number' };
const text: ElementType = { is: 'text' };
const boolean: ElementType = { is: 'boolean' };
const numbers: ElementType = { is: 'numbers' };
const texts: ElementType = { is: 'texts' };
const base64: ElementType = { is: 'base64' };

function complex(members: Readonly<Record<string, ElementType>>): ComplexType {
  return { is: 'complex', members: new Map(Object.entries(members)) };
}

function many(type: ElementType): ElementType {
  return { ...type, many: true };
}

function attribute(type: ElementType): ElementType {
  return { ...type, attribute: true };
}

/** Any one global element: Content (Tables 7.5.2-1, 7.5.2-2), representation (Table 6.3.5.62-1). */
const oneGlobalElement = complex({});

/** Table 6.3.5.29-1. */
const childResourceRef = many({
  ...complex({ nm: attribute(text), typ: attribute(number), val: text }),
  text: 'val',
});

function resource(members: Readonly<Record<string, ElementType>>): ElementType {
  return {
    ...complex({ rn: attribute(text), ...commonAttributes, ...members, ch: childResourceRef }),
    hasChildResources: true,
  };
}

/** Table 6.3.6-2. */
const commonAttributes = {
  ty: number,
  ri: text,
  pi: text,
  ct: text,
  lt: text,
  lbl: texts,
  acpi: texts,
  et: text,
  daci: texts,
  at: texts,
  aa: texts,
};

/** Table 6.3.5.52-1. */
const e2eSecInfo = complex({ esf: numbers, escert: texts });

/** Tables 6.3.5.26-1 and 6.3.5.27-1; of accessControlContexts nothing is known. */
const setOfAcrs = complex({ acr: many(complex({ acor: texts, acop: number })) });

/** Table 6.3.5.7-1. */
const eventNotificationCriteria = complex({
  crb: text,
  cra: text,
  ms: text,
  us: text,
  sts: number,
  stb: number,
  exb: text,
  exa: text,
  sza: number,
  szb: number,
  om: many(complex({ ops: number, or: text })),
  atr: texts,
  net: many(number),
  chty: numbers,
});

/** The global elements (TS-0004 7.5.2), by their names in JSON. */
export const globalElements: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  // Table 6.3.5.48-1.
  ['m2m:seci', complex({ sit: number, eckm: base64 })],
  ['m2m:dbg', text],
  // Table 6.3.5.13-1.
  [
    'm2m:sgn',
    complex({
      nev: complex({ rep: oneGlobalElement, om: complex({ op: number, or: text }), net: number }),
      vrq: boolean,
      sud: boolean,
      sur: text,
      cr: text,
      nfu: text,
      ntt: text,
    }),
  ],
  // Table 6.4.1-1; responseTypeInfo is Table 6.3.5.30-1.
  [
    'm2m:rqp',
    complex({
      op: number,
      to: text,
      fr: text,
      rqi: text,
      ty: number,
      pc: oneGlobalElement,
      ot: text,
      rqet: text,
      rset: text,
      oet: text,
      rt: complex({ rtv: number, nu: texts }),
      rp: text,
      rcn: number,
      ec: number,
      da: boolean,
      gid: text,
      drt: number,
      rvi: text,
      vsi: text,
    }),
  ],
  // Table 6.4.2-1.
  [
    'm2m:rsp',
    complex({
      rsc: number,
      rqi: text,
      pc: oneGlobalElement,
      to: text,
      fr: text,
      ot: text,
      rset: text,
      ec: number,
      cnst: number,
      cnot: number,
      rvi: text,
      vsi: text,
    }),
  ],
  ['m2m:uri', text],
  ['m2m:uril', texts],
  ['m2m:rce', complex({ uri: text })],
  ['m2m:rrl', complex({ rrf: childResourceRef })],
  // Table 7.4.2.1-3.
  ['m2m:acp', resource({ pv: setOfAcrs, pvs: setOfAcrs })],
  // Table 7.4.3.1-3.
  [
    'm2m:cb',
    resource({
      cst: number,
      csi: text,
      srt: numbers,
      poa: texts,
      nl: text,
      csz: texts,
      esi: e2eSecInfo,
      srv: texts,
    }),
  ],
  // Table 7.4.5.1-3.
  [
    'm2m:ae',
    resource({
      apn: text,
      api: text,
      aei: text,
      poa: texts,
      or: text,
      nl: text,
      rr: boolean,
      csz: texts,
      esi: e2eSecInfo,
      mei: text,
      srv: texts,
    }),
  ],
  // Table 7.4.6.1-3.
  [
    'm2m:cnt',
    resource({
      st: number,
      cr: text,
      mni: number,
      mbs: number,
      mia: number,
      cni: number,
      cbs: number,
      li: text,
      or: text,
      disr: boolean,
    }),
  ],
  // Table 7.4.7.1-3. `con` is of any type, and is read as it looks.
  ['m2m:cin', resource({ st: number, cr: text, cnf: text, cs: number, or: text })],
  // Table 7.4.8.1-3.
  [
    'm2m:sub',
    resource({
      cr: text,
      enc: eventNotificationCriteria,
      exc: number,
      nu: texts,
      gpi: text,
      nfu: text,
      psn: number,
      pn: number,
      nsp: number,
      ln: boolean,
      nct: number,
      nec: number,
      su: text,
    }),
  ],
  // Table 7.4.21.1-2.
  ['m2m:pch', resource({ cr: text })],
]);
