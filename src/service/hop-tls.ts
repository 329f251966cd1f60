// The TLS of the hops, from the files that settings name: of our own server, and towards a CSE. Says at the start what
// would otherwise fail with the first connection. Nothing here has to do with the E2EKey procedure.
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { certificatesFromPem, privateKeyFromPem } from '../endpoint/credentials.ts';
import { refuse } from '../errors.ts';
import type { ContainersConfig, ListenTlsConfig } from './config.ts';
import { naming, readText } from './files.ts';

/** Our chain, own certificate first, and its private key, PEM. */
interface OwnTls {
  readonly cert: string;
  readonly key: string;
}

/** Trust anchors for the other side, PEM. */
interface HopTrust {
  readonly ca?: string;
}

/** @throws E2EKeyError OPTION_INVALID naming setting and file. */
export function serverTls({ certificate, key, trust }: ListenTlsConfig): OwnTls & HopTrust {
  return checked('listen.tls', {
    ...ownIn('listen.tls', certificate, key),
    ...trustIn('listen.tls', trust),
  });
}

/**
 * @param setting path of the entry of `carriers.containers`
 * @throws E2EKeyError OPTION_INVALID naming setting and file.
 */
export function clientTls(
  setting: string,
  { certificate, key, trust }: Pick<ContainersConfig, 'certificate' | 'key' | 'trust'>,
): Partial<OwnTls> & HopTrust {
  return checked(setting, {
    ...(certificate !== undefined && key !== undefined && ownIn(setting, certificate, key)),
    ...trustIn(setting, trust),
  });
}

function ownIn(setting: string, certificate: string, keyFile: string): OwnTls {
  const cert = readText(`${setting}.certificate`, certificate);
  const key = readText(`${setting}.key`, keyFile);
  const leaf = naming(`${setting}.certificate (${certificate})`, () => certificatesIn(cert)[0]);
  naming(`${setting}.key (${keyFile})`, () => {
    if (leaf?.checkPrivateKey(privateKeyFromPem(key)) !== true)
      refuse('OPTION_INVALID', 'the private key is not that of the first certificate');
  });
  return { cert, key };
}

function trustIn(setting: string, file: string | undefined): HopTrust {
  if (file === undefined) return {};
  const ca = readText(`${setting}.trust`, file);
  // node:tls takes a text without a certificate for no trust anchor at all.
  naming(`${setting}.trust (${file})`, () => certificatesIn(ca));
  return { ca };
}

function certificatesIn(pem: string): X509Certificate[] {
  return certificatesFromPem(pem).map((der, index) => {
    try {
      return new X509Certificate(der);
    } catch (cause) {
      return refuse('OPTION_INVALID', `certificate ${index + 1} is malformed`, { cause });
    }
  });
}

/** What OpenSSL will not have, such as a key that is too short. */
function checked<T extends object>(setting: string, tls: T): T {
  naming(setting, () => createSecureContext(tls));
  return tls;
}
