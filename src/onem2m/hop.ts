// The neighbour that handed a request to us over HTTP: what limits count by before they count by originator. Knows
// sockets and addresses, and no framework.
import { isIPv6, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * The fingerprint of the client's certificate where the TLS of the hop verified one, otherwise its network.
 *
 * @param address of the neighbour; not the socket's where a trusted proxy stands before us
 */
export function hopOf(socket: Socket, address: string): string {
  const fingerprint =
    socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().fingerprint256 : undefined;
  return fingerprint === undefined ? networkOf(address) : `tls:${fingerprint}`;
}

/** One subscriber commonly has a whole IPv6 /64 (RFC 6177), and must not have 2^64 limits with it. */
function networkOf(address: string): string {
  const ipv4 = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(ipv4)) return ipv4;
  const [head = '', tail] = ipv4.split('::');
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(tail ?? '').split(':')];
  return `${all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
