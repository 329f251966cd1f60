// The one configuration file of the service, and the environment that overrides it: read, checked against a
// schema, its files resolved. Knows names and forms; what the values mean is endpoint's business.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import type { Flavour } from '../certificates/flavours.ts';
import { type RevocationPolicy, revocationPolicies } from '../certificates/revocation.ts';
import type { Role } from '../certificates/trust.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { ContainerOptions } from '../onem2m/containers/options.ts';

export interface ServiceConfig {
  /** Absolute-CSE-ID or Absolute-AE-ID that the service answers for. */
  readonly id: string;
  readonly listen: { readonly host: string; readonly port: number; readonly tls?: ListenTlsConfig };
  /** Ours, best first; none where all peers have pre-shared keys. One alone may stand without the list. */
  readonly credential: readonly CredentialConfig[];
  readonly peers: readonly PeerConfig[];
  readonly revocation: RevocationConfig;
  /** Answer an unknown identity of a pre-shared key as a wrong key is answered (RFC 4279 §2). */
  readonly hideUnknownPskIdentities: boolean;
  /** `memory:` or `sqlite:FILE`. */
  readonly store: string;
  /** File with the sealing key: 32 bytes, or 64 hex digits. Required for a database. */
  readonly seal?: string;
  readonly requireExportIndicator: boolean;
  readonly limits: {
    readonly perEndpoint?: number;
    readonly perHop?: number;
    readonly perOriginator?: number;
    /** Connections at once; further ones are closed at once, so that nobody can hold all our sockets. */
    readonly connections: number;
  };
  /** Seconds. */
  readonly times: {
    readonly pending?: number;
    readonly confirmation?: number;
    readonly keyLifetime?: number;
    /** How long an HTTP request may take to arrive: a peer that sends a byte now and then gets no more. */
    readonly request: number;
  };
  /** By what else than the requests to `listen` messages come in. */
  readonly carriers: { readonly containers: readonly ContainersConfig[] };
}

/** PEM files for the TLS of the hop to us. */
export interface ListenTlsConfig {
  readonly certificate: string;
  readonly key: string;
  /** With it a hop has to authenticate itself. */
  readonly trust?: string;
}

/** A CSE at which messages come in as content instances. */
export interface ContainersConfig extends Pick<ContainerOptions, 'cseBase' | 'originator' | 'writers'> {
  readonly cse: string;
  /** PEM files for the TLS of the hop to the CSE. */
  readonly trust?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly receive: (typeof receives)[number];
  /** With `receive` `notification`, and only then: where the CSE reaches us, and where we listen. */
  readonly pointOfAccess?: string;
  /** Milliseconds. */
  readonly pollInterval?: number;
}

/** Files of any form that is read; relative paths are relative to the configuration file. */
export interface CredentialConfig {
  /** The chain; without it we have the raw public key of `key` (RFC 7250). */
  readonly certificate?: string;
  /** Its private key, where `certificate` does not hold that as well. */
  readonly key?: string;
  /** File whose first line is the password of the others. */
  readonly passwordFile?: string;
  /** An OCSP response for the certificate in DER, which is stapled while it serves. */
  readonly staple?: string;
}

/** What is known of revocation, and where more comes from. */
export interface RevocationConfig {
  readonly issuers: readonly {
    readonly certificate: string;
    /** Its lists, PEM or DER, as they are at hand. */
    readonly crl?: string;
    readonly url?: string;
  }[];
  /** Files with further lists, PEM or DER. */
  readonly crls: readonly string[];
  readonly ownStatus?: { readonly url: string; readonly issuer?: string };
}

export type PeerConfig = AeIdPeerConfig | NamedPeerConfig | RawPublicKeyPeerConfig | PresharedKeyPeerConfig;

interface AnyPeerConfig {
  readonly entity: string | null;
  readonly exportIndicator?: 'required' | 'optional';
}

interface CertificatePeerConfig extends AnyPeerConfig {
  /** PEM file with the trust anchors. */
  readonly trust: string;
  readonly roles?: readonly Role[];
  readonly requireNameConstraints?: boolean;
  readonly revocation?: RevocationPolicy;
}

interface AeIdPeerConfig extends CertificatePeerConfig {
  /** null accepts every AE that the trust anchors vouch for, under the identity in its certificate. */
  readonly entity: string | null;
  readonly flavour: 'ae-id';
  readonly identifier?: string;
}

/** These certificates hold another name than the entity's. */
interface NamedPeerConfig extends CertificatePeerConfig {
  readonly flavour: (typeof namedFlavours)[number];
  readonly identifier: string;
}

interface RawPublicKeyPeerConfig extends AnyPeerConfig {
  readonly flavour: 'raw';
  readonly pin: string;
  readonly roles?: readonly Role[];
}

interface PresharedKeyPeerConfig extends AnyPeerConfig {
  readonly flavour: 'psk';
  readonly pskIdentity: string;
  /** File whose first line is the pre-shared key in hex. */
  readonly pskFile: string;
  readonly roles: readonly [Role];
}

const text = { type: 'string', minLength: 1 } as const;
const flag = { type: 'boolean' } as const;
const count = { type: 'integer', minimum: 1 } as const;
const group = <P extends object>(properties: P, required: readonly string[] = []) =>
  ({ type: 'object', properties, required, additionalProperties: false }) as const;

const credential = group({ certificate: text, key: text, passwordFile: text, staple: text });

const receives = ['polling', 'notification', 'polling-channel'] as const;
const url = { type: 'string', pattern: '^https?://[^/@?#]+(/[^?#]*)?$' } as const;
const statusUrl = { type: 'string', pattern: '^https?://[^/@?#]+([/?][^#]*)?$' } as const;
const revocation = {
  ...group({
    issuers: {
      type: 'array',
      items: group({ certificate: text, crl: text, url: statusUrl }, ['certificate']),
      default: [],
    },
    crls: { type: 'array', items: text, default: [] },
    ownStatus: group({ url: statusUrl, issuer: text }, ['url']),
  }),
  default: {},
} as const;
const containers = {
  ...group(
    {
      cse: url,
      trust: text,
      certificate: text,
      key: text,
      cseBase: text,
      originator: text,
      receive: { enum: receives, default: 'polling' },
      pointOfAccess: url,
      pollInterval: { ...count, maximum: 60_000 },
      writers: { type: 'array', minItems: 1, items: text },
    },
    ['cse'],
  ),
} as const;

const namedFlavours = ['cse-id', 'node-id', 'device', 'fqdn'] as const satisfies readonly Flavour[];
const flavours = ['ae-id', ...namedFlavours, 'raw', 'psk'];
const roles = { type: 'array', minItems: 1, items: { enum: ['initiating', 'terminating'] } } as const;
const ofAnyPeer = {
  entity: { type: ['string', 'null'] },
  exportIndicator: { enum: ['required', 'optional'] },
} as const;
const withCertificate = {
  ...ofAnyPeer,
  identifier: text,
  trust: text,
  roles,
  requireNameConstraints: flag,
  revocation: { enum: revocationPolicies },
} as const;

const schema = group(
  {
    id: text,
    listen: group(
      {
        host: { ...text, default: '127.0.0.1' },
        port: { type: 'integer', minimum: 0, maximum: 65_535 },
        tls: group({ certificate: text, key: text, trust: text }, ['certificate', 'key']),
      },
      ['port'],
    ),
    // What is said of objects and what is said of lists does not touch the other.
    credential: { ...credential, type: ['object', 'array'], items: credential, default: [] },
    peers: {
      type: 'array',
      items: {
        type: 'object',
        discriminator: { propertyName: 'flavour' },
        required: ['flavour'],
        oneOf: [
          group({ ...withCertificate, flavour: { const: 'ae-id' } }, ['entity', 'trust']),
          group({ ...withCertificate, flavour: { enum: namedFlavours } }, ['entity', 'identifier', 'trust']),
          group({ ...ofAnyPeer, flavour: { const: 'raw' }, pin: text, roles }, ['entity', 'pin']),
          group(
            {
              ...ofAnyPeer,
              flavour: { const: 'psk' },
              pskIdentity: text,
              pskFile: text,
              roles: { ...roles, maxItems: 1 },
            },
            ['entity', 'pskIdentity', 'pskFile', 'roles'],
          ),
        ],
      },
    },
    revocation,
    hideUnknownPskIdentities: { ...flag, default: false },
    store: { type: 'string', pattern: '^(memory:|sqlite:.+)$', default: 'memory:' },
    seal: text,
    requireExportIndicator: { ...flag, default: false },
    limits: {
      ...group({
        perEndpoint: count,
        perHop: count,
        perOriginator: count,
        connections: { ...count, default: 1024 },
      }),
      default: {},
    },
    times: {
      // Long enough for 96 KiB over any link that can carry the procedure.
      ...group({
        pending: count,
        confirmation: count,
        keyLifetime: count,
        request: { ...count, maximum: 3600, default: 20 },
      }),
      default: {},
    },
    carriers: { ...group({ containers: { type: 'array', items: containers, default: [] } }), default: {} },
  },
  ['id', 'listen', 'peers'],
);

/**
 * Reads and checks a configuration.
 *
 * @param environment `E2EKEY_LISTEN_PORT` overrides `listen.port`, and so on for every setting that is no list
 * @throws E2EKeyError OPTION_INVALID naming the file or the setting.
 */
export function readConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): ServiceConfig {
  const config = override(parse(file), environment);
  const validate = new Ajv({
    useDefaults: true,
    allErrors: false,
    allowUnionTypes: true,
    discriminator: true,
  }).compile<Written>(schema);
  if (!validate(config)) return refuse('OPTION_INVALID', `${file}: ${problem(validate.errors?.[0])}`);
  const own = [config.credential].flat();
  if (own.length === 0 && config.peers.some(({ flavour }) => flavour !== 'psk'))
    refuse('OPTION_INVALID', `${file}: credential is missing: only a pre-shared key does without`);
  const keyless = own.findIndex(({ certificate, key }) => certificate === undefined && key === undefined);
  if (keyless !== -1) {
    const setting = Array.isArray(config.credential) ? `credential.${keyless}` : 'credential';
    refuse('OPTION_INVALID', `${file}: ${setting}.key is missing`);
  }
  const { issuers, crls } = config.revocation;
  const unknowable = config.peers.findIndex(peer => 'revocation' in peer && peer.revocation === 'required');
  // Those who come to us staple nothing (RFC 6066 §8).
  if (unknowable !== -1 && issuers.length + crls.length === 0)
    refuse(
      'OPTION_INVALID',
      `${file}: peers.${unknowable}.revocation is required, and revocation names no CRL: nobody would be let in`,
    );
  if (config.store !== 'memory:' && config.seal === undefined)
    refuse('OPTION_INVALID', `${file}: seal is missing: a database store holds keys only sealed`);
  for (const [index, one] of config.carriers.containers.entries()) {
    const problem = containersProblem(one, config);
    if (problem !== null) refuse('OPTION_INVALID', `${file}: carriers.containers.${index}.${problem}`);
  }
  const at = (path: string) => resolve(dirname(file), path);
  const { tls, ...listen } = config.listen;
  return {
    ...config,
    listen: { ...listen, ...(tls !== undefined && { tls: resolved(tls, at) }) },
    carriers: { containers: config.carriers.containers.map(one => resolved(one, at)) },
    credential: own.map(one => resolved(one, at)),
    revocation: resolvedRevocation(config.revocation, at),
    peers: config.peers.map(peer => {
      if (peer.flavour === 'raw') return peer;
      return peer.flavour === 'psk'
        ? { ...peer, pskFile: at(peer.pskFile) }
        : { ...peer, trust: at(peer.trust) };
    }),
    store: config.store.replace(/^sqlite:(.+)$/, (_, path: string) => `sqlite:${at(path)}`),
    ...(config.seal !== undefined && { seal: at(config.seal) }),
  };
}

/** What the schema cannot say: settings that are of use only with others. */
function containersProblem(
  { cse, trust, certificate, key, receive, pointOfAccess }: ContainersConfig,
  { listen }: Pick<ServiceConfig, 'listen'>,
): string | null {
  if (!cse.startsWith('https:')) {
    const idle = Object.entries({ trust, certificate, key }).find(([, value]) => value !== undefined);
    if (idle !== undefined) return `${idle[0]} is for an https: cse`;
  }
  if (certificate === undefined && key !== undefined) return 'certificate is missing: key stands alone';
  if (certificate !== undefined && key === undefined) return 'key is missing: certificate stands alone';
  if (receive !== 'notification')
    return pointOfAccess === undefined ? null : 'pointOfAccess is for receive: notification';
  if (pointOfAccess === undefined) return 'pointOfAccess is missing: receive: notification needs it';
  if (pointOfAccess.startsWith('https:') && listen.tls === undefined)
    return 'pointOfAccess is https:, and there is no listen.tls with a certificate for it';
  return null;
}

/** Settings that name a file. */
const fileSettings = ['certificate', 'key', 'trust', 'passwordFile', 'staple', 'crl', 'issuer'] as const;
type FileSettings = { readonly [Name in (typeof fileSettings)[number]]?: string };

/** The same with the files that it names relative to the configuration file. */
function resolved<T extends FileSettings>(named: T, at: (path: string) => string): T {
  const files: readonly string[] = fileSettings;
  const entries = Object.entries(named).map(([name, value]) => [
    name,
    files.includes(name) ? at(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function resolvedRevocation(
  { issuers, crls, ownStatus }: RevocationConfig,
  at: (path: string) => string,
): RevocationConfig {
  return {
    issuers: issuers.map(one => resolved(one, at)),
    crls: crls.map(at),
    ...(ownStatus !== undefined && { ownStatus: resolved(ownStatus, at) }),
  };
}

/** As the file has it. */
interface Written extends Omit<ServiceConfig, 'credential'> {
  readonly credential: CredentialConfig | CredentialConfig[];
}

function parse(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new E2EKeyError('OPTION_INVALID', `${file}: the configuration cannot be read`, { cause });
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    // Without the parser's own text and without a cause: it quotes the file, which may be the sealing key.
    return refuse('OPTION_INVALID', `${file}: not JSON${placeOf(error)}`);
  }
}

/** Where the parser stopped, if it says so. */
function placeOf(error: unknown): string {
  const [, line, column] =
    (error instanceof SyntaxError && / \(line (\d+) column (\d+)\)$/.exec(error.message)) || [];
  return line === undefined ? '' : `: line ${line}, column ${column}`;
}

interface Setting {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Setting>>;
}

/** Puts the environment's values over the file's, along the schema's names. */
function override(config: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  const put = (value: unknown, setting: Setting, name: string): unknown => {
    if (setting.properties && !Array.isArray(value)) {
      const inner: Record<string, unknown> = isRecord(value) ? { ...value } : {};
      for (const [key, deeper] of Object.entries(setting.properties)) {
        const placed = put(inner[key], deeper, `${name}_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`);
        if (placed !== undefined) inner[key] = placed;
      }
      return isRecord(value) || Object.keys(inner).length > 0 ? inner : value;
    }
    const given = environment[name];
    if (given === undefined || setting.type === 'array') return value;
    // What is none of these stays text, and the schema refuses it under its name.
    if (setting.type === 'integer' && /^\d+$/.test(given)) return Number(given);
    if (setting.type === 'boolean' && /^(true|false)$/.test(given)) return given === 'true';
    return given;
  };
  return isRecord(config) ? put(config, schema, 'E2EKEY') : config;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A sentence that names the setting, in the words of the file. */
function problem(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the configuration is not valid';
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (error.keyword === 'discriminator')
    return `${inside(String(error.params.tag))} must be one of ${flavours.join(', ')}`;
  if (error.keyword === 'additionalProperties')
    return `${inside(String(error.params.additionalProperty))} is no setting`;
  if (error.keyword === 'required') return `${inside(String(error.params.missingProperty))} is missing`;
  const allowed = Array.isArray(error.params.allowedValues)
    ? `: ${error.params.allowedValues.join(', ')}`
    : '';
  return `${path === '' ? 'the configuration' : path} ${error.message}${allowed}`;
}
