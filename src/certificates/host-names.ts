// Does a certificate name this host? The rules of RFC 9525 (and RFC 6125 before it) for profile rfc5280; oneM2M's own
// identities are compared whole (flavours.ts). The common name identifies nobody (RFC 9525 2).
import { isDomainName } from '../identifiers/entity.ts';
import type { GeneralName } from './names.ts';

/**
 * Is the host among the names?
 *
 * @param host a domain name in A-label form (RFC 5890 2.3.2.1), or an IP address as text.
 */
export function namesHost(names: readonly GeneralName[], host: string): boolean {
  const address = addressBytes(host);
  if (address !== null)
    return names.some(name => name.form === 'ip' && Buffer.compare(name.bytes, address) === 0);
  return names.some(name => name.form === 'dns' && coversHost(name.value.toLowerCase(), host.toLowerCase()));
}

/** RFC 9525 6.3: a wildcard is the whole of the leftmost label, and stands for exactly one label of two or more below. */
function coversHost(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  const domain = pattern.slice(1);
  return (
    isDomainName(domain.slice(1)) && domain.lastIndexOf('.') > 0 && host.replace(/^[^.]+/, '') === domain
  );
}

/**
 * An IP address in any of its spellings as 4 or 16 octets (RFC 5280 4.2.1.6); null for other text. An IPv6 zone belongs
 * to one machine and stands in no certificate.
 */
export function addressBytes(text: string): Uint8Array | null {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/.test(text))
    return Uint8Array.from(text.split('.'), Number);
  // The parser of URLs knows all spellings and leaves one, without IPv4 in it.
  const canonical = /^[0-9A-Fa-f:.]+$/.test(text) ? URL.parse(`http://[${text}]`)?.hostname : undefined;
  if (canonical === undefined) return null;
  const [before = [], after = []] = canonical
    .slice(1, -1)
    .split('::')
    .map(groups => groups.split(':').filter(Boolean));
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...zeros, ...after].map(group => group.padStart(4, '0')).join(''), 'hex');
}

/** The opposite, for people: IPv6 with all its groups. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
}
